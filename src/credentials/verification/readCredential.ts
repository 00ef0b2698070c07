import { canonicalJson, sha256 } from '../../kernel/canonicalJson.js';
import { checkAnyCredential, isEnvelope, issuerIdOf, readEnvelope, type Credential } from '../dataModel.js';
import { parseDidUrl } from '../did/didUrl.js';
import { issuerDidOf, parseDcSdJwt, type ParsedDcSdJwt } from '../securing/dcSdJwt.js';
import { definesOwnTerms } from '../securing/dataIntegrity/plainNames.js';
import { parseSecuredDocument, type SecuredDocument } from '../securing/dataIntegrity/dataIntegrity.js';
import { optionsOf } from '../securing/dataIntegrity/proof.js';
import { signingInputDigest, type ParsedJws } from '../securing/jws.js';
import { toCredentialView } from '../securing/sdJwt/profileClaims.js';
import { parseVcJwt, type ParsedVcJwt } from '../securing/vcJwt.js';
import { parseVcJwt11, type ParsedVcJwt11 } from '../securing/vcJwt11.js';
import { parseVcSdJwt, type ParsedVcSdJwt } from '../securing/vcSdJwt.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import { readStatusEntries, readStatusReference, type StatusReference } from '../status/statusReference.js';
import { resultOf, type CheckResult } from './checks.js';
import { describeProblem } from './formatCheck.js';
import { proofsAsSecured, readJsonText, token11AsSecured, tokenAsSecured } from './readSecured.js';
import type { CredentialFormat, SecuredCredential } from './secured.js';

export type CredentialReading = SecuredCredential | { readonly refused: CheckResult };

/**
 * Reads a credential in any of the formats, told apart by what it is: a compact token by its `typ`, a JSON document by its `proof`, an
 * envelope by its media type. JSON may come as text, which is then read strictly, or as a value that was. Any value gives an answer.
 */
export function readCredential(
  input: unknown,
  profiles: ProfileCatalogue,
  maxTokenLength?: number,
): CredentialReading {
  const text = readJsonText(input);
  if (text === 'malformed') return refused('malformed');
  const value = text ? text.value : input;
  if (typeof value === 'string') return readToken(value, { profiles, maxTokenLength }, FORMATS);
  if (isEnvelope(value, 'EnvelopedVerifiableCredential'))
    return readEnveloped(value, { profiles, maxTokenLength });
  if (isEnvelope(value, 'EnvelopedVerifiablePresentation')) return refused('presentation');
  return readDocument(value);
}

type Refusal = 'malformed' | 'presentation';
const refused = (reason: Refusal): CredentialReading => ({ refused: resultOf(`format/${reason}`) });

interface ReadingContext {
  readonly profiles: ProfileCatalogue;
  /** Of a `vc+jwt`; absent: what a credential may have. */
  readonly maxTokenLength: number | undefined;
}

type TokenReader = (token: string, context: ReadingContext) => CredentialReading | undefined;

/** What a token can be. The `typ` decides, so at most one of them takes it; the commonest is asked first. */
const READERS = {
  'vc+jwt': (token, { maxTokenLength }) => unlessUnsupported(parseVcJwt(token, maxTokenLength), readVcJwt),
  'vc+sd-jwt': (token) => unlessUnsupported(parseVcSdJwt(token), readVcSdJwt),
  'dc+sd-jwt': (token, { profiles }) =>
    unlessUnsupported(parseDcSdJwt(token), (parsed) => readDcSdJwt(parsed, profiles)),
  jwt: (token) => unlessUnsupported(parseVcJwt11(token), readVcJwt11),
} as const satisfies Record<Exclude<CredentialFormat, 'vc'>, TokenReader>;

type TokenFormat = keyof typeof READERS;
const FORMATS = Object.keys(READERS) as TokenFormat[];

function readToken(
  token: string,
  context: ReadingContext,
  formats: readonly TokenFormat[],
): CredentialReading {
  const isSelective = token.includes('~');
  const candidates = formats.filter((format) => format.endsWith('sd-jwt') === isSelective);
  for (const format of candidates) {
    const reading = READERS[format](token, context);
    if (reading) return reading;
  }
  return { refused: resultOf('format/unsupported') };
}

/** A token of another `typ` is for another reader; whatever else is wrong with it is wrong for all. */
function unlessUnsupported<Parsed extends object>(
  parsed: Parsed | Parameters<typeof describeProblem>[0],
  read: (parsed: Parsed) => CredentialReading,
): CredentialReading | undefined {
  if (!('problem' in parsed)) return read(parsed);
  if (parsed.problem === 'unsupported') return undefined;
  return { refused: describeProblem(parsed) };
}

/** VC Data Model 2.0 §4.13.2. The media type of the envelope and the token's own `typ` have to agree. */
function readEnveloped(value: unknown, context: ReadingContext): CredentialReading {
  const envelope = readEnvelope(value, 'EnvelopedVerifiableCredential');
  if ('problems' in envelope) {
    return { refused: describeProblem({ problem: 'notACredential', details: envelope.problems }) };
  }
  const { mediaType, content } = envelope.value;
  const format = mediaType.replace(/^application\//, '');
  return readToken(
    content,
    context,
    FORMATS.filter((known) => known === format),
  );
}

function readVcJwt(parsed: ParsedVcJwt): CredentialReading {
  const { credential, claims } = parsed;
  return {
    format: 'vc+jwt',
    ...tokenAsSecured(parsed, namesOf(issuerIdOf(credential), parsed, claims.iss)),
    claims,
    credential,
    statuses: statusesOf(credential, parsed.payload),
    isPartial: false,
    signedDigest: () => signingInputDigest(parsed),
  };
}

function readVcSdJwt(parsed: ParsedVcSdJwt): CredentialReading {
  const { credential, registeredClaims: claims } = parsed;
  return {
    format: 'vc+sd-jwt',
    ...tokenAsSecured(parsed, namesOf(issuerIdOf(credential), parsed, claims.iss)),
    claims,
    credential,
    statuses: statusesOf(credential, parsed.claims),
    isPartial: true,
    selective: parsed,
    signedDigest: () => signingInputDigest(parsed),
  };
}

function readDcSdJwt(parsed: ParsedDcSdJwt, profiles: ProfileCatalogue): CredentialReading {
  const { claims, kid } = parsed;
  const { iss } = claims;
  if (iss === undefined) return { refused: resultOf('key/unidentified') };
  // An issuer that is named by a URL has either a DID at the same place, or keys in its metadata.
  const namesMethod = parseDidUrl(kid) !== undefined;
  const issuer = namesMethod ? (issuerDidOf(iss) ?? iss) : iss;
  return {
    format: 'dc+sd-jwt',
    ...tokenAsSecured(parsed, [
      issuer,
      ...(parsed.iss === undefined || parsed.iss === iss ? [] : [parsed.iss]),
    ]),
    ...(!namesMethod && { signers: [{ kind: 'metadata', owner: iss, kid }] }),
    claims,
    credential: toCredentialView(claims, issuer, profiles),
    statuses: readStatusReference(claims.status),
    isPartial: true,
    selective: parsed,
    signedDigest: () => signingInputDigest(parsed),
  };
}

function readVcJwt11(parsed: ParsedVcJwt11): CredentialReading {
  const { credential } = parsed;
  return {
    format: 'jwt',
    ...token11AsSecured(parsed, [issuerIdOf(credential)]),
    credential,
    statuses: statusesOf(credential, parsed.payload),
    isPartial: false,
    signedDigest: () => signingInputDigest(parsed),
  };
}

/** Of the credential, and of the token that it is in: an issuer may use the one mechanism or the other. */
function statusesOf(
  { credentialStatus }: Pick<Credential, 'credentialStatus'>,
  claims: Readonly<Record<string, unknown>>,
): StatusReference[] {
  return [...readStatusEntries(credentialStatus), ...readStatusReference(claims['status'])];
}

function namesOf(issuer: string, { iss }: Pick<ParsedJws, 'iss'>, claim: string | undefined): string[] {
  return [issuer, ...(iss === undefined ? [] : [iss]), ...(claim === undefined ? [] : [claim])];
}

function readDocument(value: unknown): CredentialReading {
  const parsed = parseSecuredDocument(value);
  if ('problem' in parsed) return { refused: describeProblem(parsed) };
  const checked = checkAnyCredential(parsed.document);
  if ('problems' in checked) {
    return { refused: describeProblem({ problem: 'notACredential', details: checked.problems }) };
  }
  const credential = checked.value;
  const isRdf = parsed.proofs.some(({ cryptosuite }) => !cryptosuite.includes('-jcs-'));
  const hasOwnTerms = isRdf && definesOwnTerms(parsed.document);
  return {
    format: 'vc',
    ...proofsAsSecured(parsed, [issuerIdOf(credential)]),
    claims: {},
    credential,
    statuses: readStatusEntries(credential.credentialStatus).map((status) =>
      hasOwnTerms ? { kind: 'unknown' } : status,
    ),
    hasOwnTerms,
    isPartial: parsed.proofs.some(({ cryptosuite }) => cryptosuite === 'ecdsa-sd-2023'),
    signedDigest: () => signedDocumentDigest(parsed),
  };
}

/** Everything that the proofs cover: the document and their options. */
function signedDocumentDigest({ document, proofs }: SecuredDocument): Buffer {
  return sha256(canonicalJson({ ...document, proof: proofs.map(optionsOf) }));
}
