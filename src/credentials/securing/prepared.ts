import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import {
  checkCredential,
  type Credential,
  type CredentialV1,
  type Outcome,
  type Problem,
} from '../dataModel.js';
import { parseStrictJson } from '../../kernel/strictJson.js';
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
    const plain = readPlainJson(value);
    if ('problems' in plain) return plain;
    const { text, json } = plain.value;
    const problems = credentialProblems(json, profiles);
    return problems.length > 0 ? { problems } : { value: new PreparedCredential(format, text) };
  }
}

/** The canonical text of a value, and a copy through that text, so that a getter or a later change cannot slip past the checks. Never throws. */
export function readPlainJson(value: unknown): Outcome<{ readonly text: string; readonly json: unknown }> {
  let text: string;
  try {
    text = canonicalJson(value);
  } catch {
    return { problems: [{ pointer: '', detail: 'must be a JSON value' }] };
  }
  const parsed = parseStrictJson(text);
  if (!parsed) return { problems: [{ pointer: '', detail: 'must be JSON of bounded depth' }] };
  return { value: { text, json: parsed.value } };
}

/** What must be right before anything of version 2.0 is signed: the data model, and the profiles that it claims to be of. */
export function credentialProblems(value: unknown, profiles: ProfileCatalogue): readonly Problem[] {
  const checked = checkCredential(value);
  return 'problems' in checked ? checked.problems : profileProblems(checked.value, profiles);
}

/** What contradicts the schema of a profile of ours that the credential claims to be of. */
export function profileProblems(
  credential: Credential | CredentialV1,
  profiles: ProfileCatalogue,
): Problem[] {
  return profiles.claimedBy(credential).flatMap((profile) => profiles.violations(profile, credential));
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
