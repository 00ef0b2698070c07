import { appendToken } from '../../kernel/jsonPointer.js';
import { isEnvelope, listOf, type Outcome, type Presentation, type Problem } from '../dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';

export const MAX_PRESENTED_CREDENTIALS = 20;

/** What a presentation presents, and who it says presents it. */
export interface PresentedCredentials {
  readonly holder: string | undefined;
  /** Secured credentials: envelopes, documents with proofs, and in version 1.1 tokens. */
  readonly credentials: readonly unknown[];
}

/**
 * Takes out of a presentation of the data model what a verifier is to look at: one to twenty credentials, none of which is unsecured, since
 * whoever holds a presentation could have made that up (VC-JOSE-COSE §3.1.2). Not checked: how they are secured.
 *
 * @param checked the outcome of the check of its data model
 * @param least 0 where somebody may present nothing but himself
 */
export function checkPresentedCredentials(
  document: Readonly<Record<string, unknown>>,
  checked: Outcome<Presentation>,
  least: 0 | 1 = 1,
): Outcome<PresentedCredentials> {
  if ('problems' in checked) return checked;
  const { holder, verifiableCredential } = checked.value;
  const credentials: readonly unknown[] = listOf(verifiableCredential);
  const pointer = '/verifiableCredential';
  if (credentials.length < least || credentials.length > MAX_PRESENTED_CREDENTIALS) {
    return {
      problems: [{ pointer, detail: `must be ${least} to ${MAX_PRESENTED_CREDENTIALS} credentials` }],
    };
  }
  const isList = Array.isArray(document['verifiableCredential']);
  const problems = credentials.flatMap((credential, index): Problem[] =>
    isSecured(credential)
      ? []
      : [{ pointer: isList ? appendToken(pointer, index) : pointer, detail: 'must be secured' }],
  );
  if (problems.length > 0) return { problems };
  return { value: { holder: typeof holder === 'object' ? holder.id : holder, credentials } };
}

function isSecured(credential: unknown): boolean {
  if (typeof credential === 'string') return true;
  return (
    isEnvelope(credential, 'EnvelopedVerifiableCredential') ||
    (isJsonObject(credential) && Object.hasOwn(credential, 'proof'))
  );
}
