import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import { checkCredential, type Credential, type Outcome, type Problem } from '../dataModel.js';
import { parseStrictJson } from '../encoding/strictJson.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';

/**
 * A credential that was checked and may be signed. Only `prepare` functions make one (the constructor is out of reach), and `sign`
 * accepts nothing else, so signing something unchecked cannot be written by accident. It holds bytes: whatever happens to the
 * object that it was made from, what was checked is what is signed.
 */
export class PreparedCredential<Format extends string> {
  readonly format: Format;
  readonly credential: Credential;
  readonly #payload: string;

  private constructor(format: Format, payload: string) {
    this.format = format;
    this.#payload = payload;
    this.credential = deepFreeze(JSON.parse(payload) as Credential);
  }

  /** The canonical text (RFC 8785) that a signature will cover, to be stored as the intent. Preparing it again gives it again. */
  get payload(): string {
    return this.#payload;
  }

  /** SHA-256 of the payload, for the log's leaf, which precedes the signature. */
  get payloadDigest(): Buffer {
    return createHash('sha256').update(this.#payload).digest();
  }

  /**
   * Checks the data model, and the schema of every profile of ours that the credential claims to be of. Refuses values that are not
   * JSON with a problem, and never throws.
   */
  static check<Format extends string>(
    format: Format,
    value: unknown,
    profiles: ProfileCatalogue,
  ): Outcome<PreparedCredential<Format>> {
    let payload: string;
    try {
      payload = canonicalJson(value);
    } catch {
      return { problems: [{ pointer: '', detail: 'must be a JSON value' }] };
    }
    // From here on only the bytes count, so that a getter or a later change cannot slip past the checks.
    const parsed = parseStrictJson(payload);
    if (!parsed) return { problems: [{ pointer: '', detail: 'must be JSON of bounded depth' }] };
    const problems = credentialProblems(parsed.value, profiles);
    return problems.length > 0 ? { problems } : { value: new PreparedCredential(format, payload) };
  }
}

/** What must be right before anything is signed: the data model, and every profile of ours that the credential claims to be of. */
export function credentialProblems(value: unknown, profiles: ProfileCatalogue): readonly Problem[] {
  const checked = checkCredential(value);
  if ('problems' in checked) return checked.problems;
  return profiles.claimedBy(checked.value).flatMap((profile) => profiles.violations(profile, checked.value));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
