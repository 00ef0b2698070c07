/** How strongly something was checked. Both scales are computed from the checks, never typed in. */

export const CHECK_METHODS = [
  'register_lookup',
  'document_inspection',
  'vouch',
  'interview',
  'site_visit',
  'screening',
  'callback',
] as const;
export type CheckMethod = (typeof CHECK_METHODS)[number];

/** Where a field's value comes from, lowest first. */
export const PROVENANCE_TIERS = ['self_declared', 'third_party', 'official_register', 'verified'] as const;
export type ProvenanceTier = (typeof PROVENANCE_TIERS)[number];

/** eIDAS levels (Regulation (EU) No 910/2014, article 8), lowest first. */
export const ASSURANCE_LEVELS = ['low', 'substantial', 'high'] as const;
export type AssuranceLevel = (typeof ASSURANCE_LEVELS)[number];

/** Where a check looks. Two checks of a field corroborate each other only when they look in different places. */
export type CheckKind = 'register' | 'document' | 'presence' | 'contact';

const METHODS: Readonly<
  Record<CheckMethod, { tier: ProvenanceTier; level: AssuranceLevel; kind?: CheckKind }>
> = {
  register_lookup: { tier: 'official_register', level: 'substantial', kind: 'register' },
  document_inspection: { tier: 'verified', level: 'substantial', kind: 'document' },
  site_visit: { tier: 'verified', level: 'substantial', kind: 'presence' },
  callback: { tier: 'verified', level: 'substantial', kind: 'contact' },
  screening: { tier: 'third_party', level: 'substantial' },
  vouch: { tier: 'third_party', level: 'low' },
  interview: { tier: 'third_party', level: 'low' },
};

/** Of a single check. `high` takes two of different kinds. */
export function levelOf(method: CheckMethod): AssuranceLevel {
  return METHODS[method].level;
}

/** `undefined` for what corroborates nothing. */
export function kindOf(method: CheckMethod): CheckKind | undefined {
  return METHODS[method].kind;
}

export function tierOf(method: CheckMethod): ProvenanceTier {
  return METHODS[method].tier;
}

/** The lowest over the confirmed checks of a profile's required fields, `/representation` included; `low` when there are none. */
export function assuranceOf(requiredChecks: readonly { readonly method: CheckMethod }[]): AssuranceLevel {
  const ranks = requiredChecks.map(({ method }) => ASSURANCE_LEVELS.indexOf(METHODS[method].level));
  return ASSURANCE_LEVELS[ranks.length === 0 ? 0 : Math.min(...ranks)] ?? 'low';
}

/** What the checks of one field give together: `high` where two that are substantial look in different places. */
export function levelOfChecks(methods: readonly CheckMethod[]): AssuranceLevel {
  let level: AssuranceLevel = 'low';
  let first: CheckKind | undefined;
  for (const method of methods) {
    const { level: own, kind } = METHODS[method];
    if (own === 'low') continue;
    if (first !== undefined && kind !== undefined && kind !== first) return 'high';
    first ??= kind;
    level = 'substantial';
  }
  return level;
}

export function isAssuranceLevel(value: unknown): value is AssuranceLevel {
  return (ASSURANCE_LEVELS as readonly unknown[]).includes(value);
}

export function isAtMost(level: AssuranceLevel, maximum: AssuranceLevel): boolean {
  return ASSURANCE_LEVELS.indexOf(level) <= ASSURANCE_LEVELS.indexOf(maximum);
}

export function isProvenanceTier(value: unknown): value is ProvenanceTier {
  return (PROVENANCE_TIERS as readonly unknown[]).includes(value);
}

export function isCheckMethod(value: unknown): value is CheckMethod {
  return (CHECK_METHODS as readonly unknown[]).includes(value);
}
