import type { Credential } from '../../src/credentials/dataModel.js';
import { createContextCatalogue } from '../../src/credentials/contexts/catalogue.js';
import { createCanonizer } from '../../src/credentials/jsonLd/inProcessCanonizer.js';
import { importJwk, toMultikey } from '../../src/credentials/keys.js';
import { publishedContexts } from '../../src/credentials/profiles/catalogue.js';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import {
  prepareProof,
  signProof,
  type ProofRequest,
} from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import { prepareDcSdJwt, signDcSdJwt } from '../../src/credentials/securing/dcSdJwt.js';
import { composeDcSdJwtClaims, concealProfile } from '../../src/credentials/securing/sdJwt/profileClaims.js';
import { prepareVcJwt11, signVcJwt11 } from '../../src/credentials/securing/vcJwt11.js';
import { prepareVcSdJwt, signVcSdJwt } from '../../src/credentials/securing/vcSdJwt.js';
import {
  createTokenStatusList,
  setStatus,
  type TokenStatusList,
} from '../../src/credentials/status/tokenStatusList.js';
import { prepareStatusListToken, signStatusListToken } from '../../src/credentials/status/statusListToken.js';
import type { CredentialFormat } from '../../src/credentials/verification/secured.js';
import { readCredential } from '../../src/credentials/verification/readCredential.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  COOP_DID,
  coopKey,
  createWorld,
  CREDENTIAL_ID,
  documentOf,
  NOW,
  profiles,
  PUBLIC_URL,
  rawSignature,
  REGISTRAR_DID,
  registrarEdKey,
  registrarKey,
  signCredential,
  signer,
  type TestKey,
  type World,
} from './issuer.js';
import { fullLegalIdentity, random } from './sdJwt.js';

/** One legal identity in every format, in a world that knows of its issuance. */
export const TOKEN_LIST_URL = `${PUBLIC_URL}/status/tokens-1`;
export const TOKEN_INDEX = 4_711;
export const ISSUER_URL = `${PUBLIC_URL}/orgs/registrar`;
export const FORMATS = [
  'vc+jwt',
  'vc+sd-jwt',
  'dc+sd-jwt',
  'vc',
  'jwt',
] as const satisfies CredentialFormat[];

export const canonizer = createCanonizer(createContextCatalogue(publishedContexts(profiles)));

/** As a DID document lists it for Data Integrity. */
export function multikeyMethod(key: TestKey): string {
  const imported = importJwk(key.jwk);
  if (!imported) throw new Error('not a key');
  return `${key.did}#${toMultikey(imported)}`;
}

function withMultikeys(did: string, keys: readonly TestKey[]) {
  const document = documentOf(did, keys);
  const methods = keys.map((key) => {
    const id = multikeyMethod(key);
    return { id, type: 'Multikey', controller: did, publicKeyMultibase: id.slice(did.length + 1) };
  });
  const ids = methods.map(({ id }) => id);
  return {
    ...document,
    verificationMethod: [...(document.verificationMethod ?? []), ...methods],
    authentication: [...(document.authentication ?? []), ...ids],
    assertionMethod: [...(document.assertionMethod ?? []), ...ids],
  };
}

export async function prove(
  document: unknown,
  key: TestKey = registrarEdKey,
  request: Partial<ProofRequest> = {},
): Promise<Record<string, unknown>> {
  const prepared = await prepareProof(
    document,
    {
      cryptosuite: 'eddsa-rdfc-2022',
      verificationMethod: multikeyMethod(key),
      algorithm: key.algorithm,
      proofPurpose: 'assertionMethod',
      created: '2026-11-20T11:00:00Z',
      ...(JSON.parse(JSON.stringify(request)) as object), // Without what is undefined.
    },
    { canonizer, check: () => [] },
  );
  if (!('value' in prepared)) throw new Error(JSON.stringify(prepared));
  return signProof(prepared.value, {
    verificationMethod: multikeyMethod(key),
    sign: async (data) => rawSignature(key, data),
  });
}

export async function secureAs(
  format: CredentialFormat,
  credential: Credential = fullLegalIdentity(),
): Promise<string> {
  const bound = { ...credential, cnf: { jwk: coopKey.jwk } };
  switch (format) {
    case 'vc+jwt':
      return signCredential(credential);
    case 'vc+sd-jwt': {
      const concealment = concealProfile(bound, coopLegalIdentity, '/credentialSubject');
      const prepared = prepareVcSdJwt(bound, profiles, { ...concealment, random: random() });
      return signVcSdJwt(valueOf(prepared), registrarKey, signer);
    }
    case 'dc+sd-jwt': {
      const claims = composeDcSdJwtClaims({
        credential,
        profile: coopLegalIdentity,
        publicUrl: PUBLIC_URL,
        issuerUrl: ISSUER_URL,
        issuedAt: addSeconds(NOW, -60),
        status: { idx: TOKEN_INDEX, uri: TOKEN_LIST_URL },
        holderKey: coopKey.jwk,
      });
      const concealment = concealProfile(claims, coopLegalIdentity, '');
      return signDcSdJwt(
        valueOf(prepareDcSdJwt(claims, profiles, { ...concealment, random: random() })),
        registrarKey,
        signer,
      );
    }
    case 'vc':
      return JSON.stringify(await prove(credential));
    case 'jwt':
      return signVcJwt11(valueOf(prepareVcJwt11(credential, profiles)), registrarKey, signer);
  }
}

export async function signTokenList(
  change: (list: TokenStatusList) => void = () => undefined,
  parts: { uri?: string; key?: TestKey } = {},
): Promise<string> {
  const list = createTokenStatusList(2, 131_072);
  change(list);
  const prepared = prepareStatusListToken({
    uri: parts.uri ?? TOKEN_LIST_URL,
    iss: ISSUER_URL,
    list,
    issuedAt: addSeconds(NOW, -60),
    expiresAt: addSeconds(NOW, 3_600),
    ttlSeconds: 60,
  });
  return signStatusListToken(prepared, parts.key ?? registrarKey, signer);
}

export function withStatus(value: number): (list: TokenStatusList) => void {
  return (list) => setStatus(list, TOKEN_INDEX, value);
}

/** A world in which the registrar's and the co-op's keys stand in both forms, RDF is canonicalised, and all forms were issued a day ago. */
export async function createWorldOfForms(): Promise<{
  world: World;
  forms: Readonly<Record<CredentialFormat, string>>;
}> {
  const { sources, ...world } = await createWorld();
  world.documents.set(REGISTRAR_DID, withMultikeys(REGISTRAR_DID, [registrarKey, registrarEdKey]));
  world.documents.set(COOP_DID, withMultikeys(COOP_DID, [coopKey]));
  world.lists.set(TOKEN_LIST_URL, await signTokenList());
  const secured = await Promise.all(FORMATS.map(async (format) => [format, await secureAs(format)] as const));
  const signedDigests = secured.map(([, form]) => {
    const reading = readCredential(form, profiles);
    if ('refused' in reading) throw new Error(JSON.stringify(reading.refused));
    return reading.signedDigest();
  });
  world.issuances.set(CREDENTIAL_ID, {
    issuedAt: addSeconds(NOW, -86_400),
    issuerDid: REGISTRAR_DID,
    signedDigests,
  });
  return {
    world: { ...world, sources: { ...sources, canonizer } },
    forms: Object.fromEntries(secured) as Record<CredentialFormat, string>,
  };
}

export function valueOf<T>(outcome: { value: T } | { problems: readonly unknown[] }): T {
  if ('problems' in outcome) throw new Error(JSON.stringify(outcome.problems));
  return outcome.value;
}
