import type { SigningAlgorithm } from '../../kernel/ports.js';
import type { Credential } from '../dataModel.js';
import { proveCredential, type SecuringTools } from '../securing/credentialProof.js';
import type { IssuerKey } from '../securing/issuerKey.js';
import { prepareVcJwt, signVcJwt } from '../securing/vcJwt.js';
import { createBitstring, setBit } from './bitstring.js';
import { composeStatusList } from './listCredential.js';
import { TOKEN_LIST_BITS, type OwnListKind, type StatusMediaType } from './statusLists.js';
import { prepareStatusListToken, signStatusListToken } from './statusListToken.js';
import { createTokenStatusList, setStatus } from './tokenStatusList.js';

/** A list as it stands at one moment, and for how long it is good. */
export interface PublishedList {
  readonly kind: OwnListKind;
  readonly url: string;
  readonly issuerDid: string;
  /** What tokens of the issuer name as `iss`. */
  readonly issuerUrl: string;
  /** Number of entries. */
  readonly size: number;
  /** The entries that are not 0. */
  readonly entries: readonly { readonly index: number; readonly value: number }[];
  readonly publishedAt: Date;
  readonly expiresAt: Date;
  /** How long a verifier may keep it. */
  readonly ttlSeconds: number;
}

export interface Representation {
  /** Of the issuer's key that signs it. */
  readonly algorithm: SigningAlgorithm;
  /** The text that is served. Rejects with a TypeError or RangeError for a list of another kind, and with what the signer does. */
  sign(list: PublishedList, key: IssuerKey, tools: SecuringTools): Promise<string>;
}

/** How a status list is signed for each media type in which it is served. */
export const REPRESENTATIONS: Readonly<Record<StatusMediaType, Representation>> = {
  'application/vc+jwt': {
    algorithm: 'ES256',
    async sign(list, key, { profiles, signer }) {
      const prepared = prepareVcJwt(composeBitstringList(list), profiles);
      if ('problems' in prepared) throw new TypeError('a status list does not conform to the data model');
      return signVcJwt(prepared.value, key, signer);
    },
  },
  'application/vc': {
    algorithm: 'EdDSA',
    // The suite over JCS: a revocation must not wait for the thread in which strangers' documents are canonicalised as RDF.
    sign: (list, key, tools) =>
      proveCredential(composeBitstringList(list), 'eddsa-jcs-2022', list.publishedAt, key, tools),
  },
  'application/statuslist+jwt': {
    algorithm: 'ES256',
    async sign(list, key, { signer }) {
      const { kind, url, issuerUrl, size, entries, publishedAt, expiresAt, ttlSeconds } = list;
      if (kind !== 'token') throw new TypeError('not a token list');
      const statuses = createTokenStatusList(TOKEN_LIST_BITS, size);
      for (const { index, value } of entries) setStatus(statuses, index, value);
      const prepared = prepareStatusListToken({
        uri: url,
        iss: issuerUrl,
        list: statuses,
        issuedAt: publishedAt,
        expiresAt,
        ttlSeconds,
      });
      return signStatusListToken(prepared, key, signer);
    },
  },
};

function composeBitstringList(list: PublishedList): Credential {
  const { kind, url, issuerDid, size, entries, publishedAt, expiresAt, ttlSeconds } = list;
  if (kind === 'token') throw new TypeError('not a bitstring list');
  const bits = createBitstring(size);
  for (const { index } of entries) setBit(bits, index, true);
  return composeStatusList({
    listUrl: url,
    issuerDid,
    purpose: kind,
    bits,
    validFrom: publishedAt,
    validUntil: expiresAt,
    ttlSeconds,
  });
}
