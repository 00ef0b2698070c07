import type {
  DidResolution,
  IssuanceAnswer,
  IssuerAccreditations,
  VerificationSources,
} from '../verification/sources.js';
import { digestOf, digestOfBytes, type Digest } from './digest.js';

/**
 * What a verification rested on, by digest: whoever has the document can show that it is the one. What could not be had is not in here; the check
 * that it would have answered says so.
 */
export interface Grounds {
  /** By SHA-256 of the canonical document. */
  readonly didDocuments: readonly { readonly did: string; readonly digest: Digest }[];
  /** Of the signed list, as it was served. */
  readonly statusLists: readonly { readonly url: string; readonly digest: Digest }[];
  /** Of {@link accreditationState}. */
  readonly accreditations: readonly { readonly issuer: string; readonly digest: Digest }[];
  /** Of {@link issuanceState}: our own record of when a credential was issued. */
  readonly issuances: readonly {
    readonly credential: string;
    readonly issuedAt: string;
    readonly digest: Digest;
  }[];
  /** Further documents from elsewhere: keys of issuers without a DID (canonical), schemas (as they were served). */
  readonly documents: readonly { readonly url: string; readonly digest: Digest }[];
}

/** An answer of the trust registry as it is digested: instants as text (RFC 3339, UTC). */
export function accreditationState({ name, hops, entries }: IssuerAccreditations): object {
  return {
    name,
    hops,
    entries: entries.map(({ credentialTypes, jurisdictions, maxAssurance, validFrom, endsAt }) => ({
      credentialTypes,
      jurisdictions,
      maxAssurance,
      validFrom: validFrom.toISOString(),
      endsAt: endsAt?.toISOString(),
    })),
  };
}

/** The record of an issuance as it is digested. */
export function issuanceState(record: Exclude<IssuanceAnswer, undefined | 'unavailable'>): object {
  return {
    issuedAt: record.issuedAt.toISOString(),
    issuerDid: record.issuerDid,
    signedDigests: record.signedDigests.map((digest) => Buffer.from(digest).toString('base64url')),
  };
}

/** The same sources, with a record of what each of them answered. */
export function recordGrounds(sources: VerificationSources): {
  readonly sources: VerificationSources;
  /** Once the verification is over. Throws a TypeError where something has no canonical form. */
  readonly grounds: () => Grounds;
} {
  const documents = new Map<string, Extract<DidResolution, { document: unknown }>['document']>();
  const lists = new Map<string, Digest>();
  const registered = new Map<string, IssuerAccreditations>();
  const issued = new Map<string, Exclude<IssuanceAnswer, undefined | 'unavailable'>>();
  const further = new Map<string, Digest>();
  const { schemas, fetchJson, recallStatusList } = sources;

  const recording: VerificationSources = {
    ...sources,
    async resolveDid(did) {
      const answer = await sources.resolveDid(did);
      if ('document' in answer) documents.set(did, answer.document);
      return answer;
    },
    async recallStatusList(url, kind, load) {
      const answer = await (recallStatusList ? recallStatusList(url, kind, load) : load());
      if ('list' in answer) lists.set(url, answer.list.digest);
      return answer;
    },
    async accreditations(issuerDid) {
      const answer = await sources.accreditations(issuerDid);
      if (answer !== 'unavailable') registered.set(issuerDid, answer);
      return answer;
    },
    async issuance(credentialId) {
      const answer = await sources.issuance(credentialId);
      if (answer !== undefined && answer !== 'unavailable') issued.set(credentialId, answer);
      return answer;
    },
    ...(fetchJson && {
      async fetchJson(url) {
        const answer = await fetchJson(url);
        if ('value' in answer) further.set(url, digestOf(answer.value));
        return answer;
      },
    }),
    ...(schemas && {
      schemas: {
        ...schemas,
        async fetchSchema(url) {
          const answer = await schemas.fetchSchema(url);
          if ('bytes' in answer) further.set(url, digestOfBytes(answer.bytes));
          return answer;
        },
      },
    }),
  };

  return {
    sources: recording,
    grounds: () => ({
      didDocuments: inOrder(documents, (did, document) => ({ did, digest: digestOf(document) })),
      statusLists: inOrder(lists, (url, digest) => ({ url, digest })),
      accreditations: inOrder(registered, (issuer, answer) => ({
        issuer,
        digest: digestOf(accreditationState(answer)),
      })),
      issuances: inOrder(issued, (credential, record) => ({
        credential,
        issuedAt: record.issuedAt.toISOString(),
        digest: digestOf(issuanceState(record)),
      })),
      documents: inOrder(further, (url, digest) => ({ url, digest })),
    }),
  };
}

/** Checks run at once, so what they ask comes in any order. */
function inOrder<V, R>(map: ReadonlyMap<string, V>, present: (key: string, value: V) => R): R[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => present(key, value));
}
