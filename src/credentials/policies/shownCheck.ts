import {
  isCheckMethod,
  isProvenanceTier,
  PROVENANCE_TIERS,
  tierOf,
  type CheckMethod,
  type ProvenanceTier,
} from '../assurance.js';
import { parseDateTimeStamp } from '../dateTimeStamp.js';
import { asObject, listIn } from './values.js';

/** A check that a credential names in its evidence. What rules ask of it again and again is read once. */
export class ShownCheck {
  #time: Date | undefined | null = null;
  #described: string | undefined;

  private constructor(
    /** JSON Pointer into the dossier; never the empty one, since nobody checks a whole dossier in one go. */
    readonly field: string,
    readonly type: unknown,
    readonly method: CheckMethod,
    readonly tier: ProvenanceTier,
    readonly isDocumented: boolean,
    private readonly said: unknown,
  ) {}

  /** Adds those of one entry of a credential's evidence: nothing, where it cannot be read. */
  static readInto(checks: ShownCheck[], entry: unknown, isWanted: (field: string) => boolean): void {
    const { field, type, provenance, check_details: details, digest } = asObject(entry);
    if (typeof field !== 'string' || !field.startsWith('/') || !isWanted(field)) return;
    for (const detail of listIn(details)) {
      const { check_method: method, time } = asObject(detail);
      if (!isCheckMethod(method)) continue;
      const tier = lowerTier(tierOf(method), provenance);
      if (tier) checks.push(new ShownCheck(field, type, method, tier, digest !== undefined, time));
    }
  }

  /** `undefined` where it is not said in the one form. */
  get time(): Date | undefined {
    if (this.#time === null) this.#time = parseDateTimeStamp(this.said);
    return this.#time;
  }

  toString(): string {
    const day = () => (typeof this.said === 'string' ? this.said.slice(0, 10) : 'no date');
    const type = () => (typeof this.type === 'string' ? this.type : 'no type');
    return (this.#described ??= `${this.tier}, ${this.method}, ${type()}, ${day()}`);
  }
}

export const rankOf = (tier: ProvenanceTier): number => PROVENANCE_TIERS.indexOf(tier);

/** Tiers are computed from methods: whoever states a higher one than the method gives is not believed. */
function lowerTier(computed: ProvenanceTier, stated: unknown): ProvenanceTier | undefined {
  if (!isProvenanceTier(stated)) return undefined;
  return rankOf(stated) < rankOf(computed) ? stated : computed;
}
