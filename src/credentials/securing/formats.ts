import { createHmac } from 'node:crypto';
import type { SigningAlgorithm } from '../../kernel/ports.js';
import { composeCredential, type CredentialParts } from '../compose.js';
import type { Outcome } from '../dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { PublicJwk } from '../keys.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import type { Profile, SecuringFormat } from '../profiles/profile.js';
import { STATUS_PURPOSES } from '../status/statusEntry.js';
import type { OwnListKind, StatusPlaces } from '../status/statusLists.js';
import { proveCredential, type SecuringTools } from './credentialProof.js';
import { prepareDcSdJwt, signDcSdJwt } from './dcSdJwt.js';
import type { IssuerKey } from './issuerKey.js';
import { PreparedCredential } from './prepared.js';
import { composeDcSdJwtClaims, concealProfile } from './sdJwt/profileClaims.js';
import { createSeededRandom, type RandomSource } from './sdJwt/randomSource.js';
import { prepareVcJwt, signVcJwt } from './vcJwt.js';
import { prepareVcJwt11, signVcJwt11 } from './vcJwt11.js';
import { prepareVcSdJwt, signVcSdJwt } from './vcSdJwt.js';

/** What all forms of one credential are made from; only the places of their status differ. */
export interface FormParts extends Omit<CredentialParts, 'status'> {
  /** The issuer's as a URL, whose did:web is `issuerDid`. */
  readonly issuerUrl: string;
  /** The holder's key, which presents the forms that are presented with a key binding. */
  readonly holderKey: PublicJwk;
}

export interface PrepareFormContext {
  readonly profile: Profile;
  readonly profiles: ProfileCatalogue;
  /** 32 secret bytes, the same for all forms of a credential: what is prepared again from them is the same. */
  readonly seed: Uint8Array;
}

/** A form that was checked and may be signed, with whatever its format's own `prepare` made. */
export interface PreparedForm {
  /** The canonical text of what will be signed: a token's payload, or the document that gets a proof. */
  readonly payload: string;
  /** The form as it is handed out. Rejects when the key is not the issuer's, and as the signer does. */
  secure(key: IssuerKey, at: Date, tools: SecuringTools): Promise<string>;
}

/** One way to secure a credential of ours. */
export interface IssuableFormat {
  readonly mediaType: string;
  /** Of the issuer's key that signs it. */
  readonly algorithm: SigningAlgorithm;
  /** The kinds of list in which it needs a place for its status. */
  readonly lists: readonly OwnListKind[];
  /** The document to be secured, everything disclosed. Deterministic. @throws TypeError where a place is missing */
  compose(parts: FormParts, places: StatusPlaces): Readonly<Record<string, unknown>>;
  /** Checks the document, and conceals what is to be disclosable. Deterministic. */
  prepare(document: unknown, context: PrepareFormContext): Outcome<PreparedForm>;
}

/** Everything that the issuance knows of formats; a further one is a further entry. */
export const FORMATS: Readonly<Record<SecuringFormat, IssuableFormat>> = {
  'vc+jwt': {
    mediaType: 'application/vc+jwt',
    algorithm: 'ES256',
    lists: STATUS_PURPOSES,
    compose: composeVersion2,
    prepare: (document, { profiles }) =>
      toForm(prepareVcJwt(document, profiles), (prepared, key, { signer }) =>
        signVcJwt(prepared, key, signer),
      ),
  },
  'dc+sd-jwt': {
    mediaType: 'application/dc+sd-jwt',
    algorithm: 'ES256',
    lists: ['token'],
    compose(parts, { token }) {
      if (!token) throw new TypeError('no place in a token list');
      const { profile, publicUrl, issuerUrl, holderKey, validFrom } = parts;
      return composeDcSdJwtClaims({
        credential: composeCredential(parts),
        profile,
        publicUrl,
        issuerUrl,
        holderKey,
        issuedAt: validFrom,
        status: { idx: token.index, uri: token.listUrl },
      });
    },
    prepare: (document, context) =>
      toForm(
        prepareDcSdJwt(document, context.profiles, {
          ...concealProfile(membersOf(document), context.profile, ''),
          random: randomOf(context, 'dc+sd-jwt'),
        }),
        (prepared, key, { signer }) => signDcSdJwt(prepared, key, signer),
      ),
  },
  'vc+sd-jwt': {
    mediaType: 'application/vc+sd-jwt',
    algorithm: 'ES256',
    lists: STATUS_PURPOSES,
    compose: composeVersion2,
    prepare: (document, context) =>
      toForm(
        prepareVcSdJwt(document, context.profiles, {
          ...concealProfile(membersOf(document), context.profile, '/credentialSubject'),
          random: randomOf(context, 'vc+sd-jwt'),
        }),
        (prepared, key, { signer }) => signVcSdJwt(prepared, key, signer),
      ),
  },
  vc: {
    mediaType: 'application/vc',
    algorithm: 'EdDSA',
    lists: STATUS_PURPOSES,
    compose: composeVersion2,
    // The proof names its key and its instant, which are known when it is made; until then the document is all that there is.
    prepare: (document, { profiles }) => {
      const checked = PreparedCredential.check('vc', document, profiles);
      if ('problems' in checked) return checked;
      const { payload, credential } = checked.value;
      return {
        value: {
          payload,
          secure: (key, at, tools) => proveCredential(credential, 'eddsa-rdfc-2022', at, key, tools),
        },
      };
    },
  },
  jwt: {
    mediaType: 'application/jwt',
    algorithm: 'ES256',
    lists: STATUS_PURPOSES,
    compose: composeVersion2,
    prepare: (document, { profiles }) =>
      toForm(prepareVcJwt11(document, profiles), (prepared, key, { signer }) =>
        signVcJwt11(prepared, key, signer),
      ),
  },
};

export const SECURING_FORMATS = Object.keys(FORMATS) as SecuringFormat[];

/**
 * All forms of a credential, prepared from their documents, by format. A profile that has changed since they were composed refuses them.
 */
export function prepareForms(
  documents: ReadonlyMap<SecuringFormat, unknown>,
  context: PrepareFormContext,
): Outcome<ReadonlyMap<SecuringFormat, PreparedForm>> {
  const forms = new Map<SecuringFormat, PreparedForm>();
  for (const [format, document] of documents) {
    const prepared = FORMATS[format].prepare(document, context);
    if ('problems' in prepared) return prepared;
    forms.set(format, prepared.value);
  }
  return { value: forms };
}

/** Of one format's own prepared value. */
function toForm<Prepared extends { readonly payload: string }>(
  outcome: Outcome<Prepared>,
  sign: (prepared: Prepared, key: IssuerKey, tools: SecuringTools) => Promise<string>,
): Outcome<PreparedForm> {
  if ('problems' in outcome) return outcome;
  const prepared = outcome.value;
  return { value: { payload: prepared.payload, secure: (key, _at, tools) => sign(prepared, key, tools) } };
}

function composeVersion2(parts: FormParts, places: StatusPlaces): Readonly<Record<string, unknown>> {
  const { revocation, suspension } = places;
  if (!revocation || !suspension) throw new TypeError('no place in a list for each purpose');
  const status = {
    revocation: { purpose: 'revocation', ...revocation },
    suspension: { purpose: 'suspension', ...suspension },
  } as const;
  return { ...composeCredential({ ...parts, status }) };
}

/** Each form has a stream of its own: salts that two of them shared would tell that they belong together. */
function randomOf({ seed }: PrepareFormContext, format: SecuringFormat): RandomSource {
  return createSeededRandom(createHmac('sha256', seed).update(format).digest());
}

/** What `prepare` will refuse has nothing to conceal. */
function membersOf(document: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(document) ? document : {};
}

/**
 * The canonical texts of a credential's forms as one text, for the commitment in the log: in the order of the formats' names (by code
 * unit), each on a line of its own. Canonical JSON has no line breaks, so no two sets of forms give the same text.
 */
export function joinPayloads(forms: ReadonlyMap<SecuringFormat, Pick<PreparedForm, 'payload'>>): string {
  return [...forms]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { payload }]) => payload)
    .join('\n');
}
