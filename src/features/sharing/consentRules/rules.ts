import { SENSITIVITIES, type Sensitivity } from '../../../kernel/sensitivity.js';

/** How a co-op says yes: any one of its delegates, or several different ones. */
export type ConsentRule = (
  { readonly kind: 'anyDelegate' } | { readonly kind: 'mOfN'; readonly m: number }
) & {
  /** Each approval names the minute of the meeting that decided. */
  readonly requireMinute?: boolean;
};

/** What a co-op has settled; what it has not, {@link DEFAULT_RULES} says. */
export interface ConsentSettings {
  readonly rules: Readonly<Partial<Record<Sensitivity, ConsentRule>>>;
  /** ISO 8601 duration: within it the co-op answers who asks for a document. */
  readonly documentsWithin?: string;
}

export interface SettingsVersion {
  /** 0: the co-op has settled nothing yet. */
  readonly version: number;
  readonly settings: ConsentSettings;
}

export const NO_SETTINGS: SettingsVersion = { version: 0, settings: { rules: {} } };
export const DEFAULT_DOCUMENTS_WITHIN = 'P5D';

const ONE: ConsentRule = { kind: 'anyDelegate' };
const TWO: ConsentRule = { kind: 'mOfN', m: 2 };

/** About persons two decide, where there are two. */
export function defaultRule(tier: Sensitivity, delegates: number): ConsentRule {
  return tier === 'personal' && delegates >= 2 ? TWO : ONE;
}

/** The rule that a request of this moment is decided by, whatever is settled later. */
export function ruleFor(settings: ConsentSettings, tier: Sensitivity, delegates: number): ConsentRule {
  return settings.rules[tier] ?? defaultRule(tier, delegates);
}

/** How many different delegates have to approve. */
export function neededApprovals(rule: ConsentRule): number {
  return rule.kind === 'anyDelegate' ? 1 : rule.m;
}

/** All rules as they count for a co-op with so many delegates. */
export function rulesInForce(
  settings: ConsentSettings,
  delegates: number,
): Readonly<Record<Sensitivity, ConsentRule>> {
  return Object.fromEntries(
    SENSITIVITIES.map((tier) => [tier, ruleFor(settings, tier, delegates)]),
  ) as Record<Sensitivity, ConsentRule>;
}
