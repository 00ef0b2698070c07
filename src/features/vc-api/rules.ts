import { ASSERTION_LIMITS } from '../../credentials/profiles/publication.js';
import type { Problem } from '../../credentials/dataModel.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { CRYPTOSUITES } from '../../credentials/securing/dataIntegrity/dataIntegrity.js';
import { appendToken } from '../../kernel/jsonPointer.js';
import type { FieldError } from '../../kernel/errors.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';

/** How an instance secures what it issues, by media subtype: Data Integrity, or JOSE and SD-JWT (VC-JOSE-COSE). */
export const INSTANCE_FORMATS = ['vc', 'vc+jwt', 'vc+sd-jwt'] as const;
export type InstanceFormat = (typeof INSTANCE_FORMATS)[number];

export const KEY_TYPES = ['Ed25519', 'P-256', 'P-384'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export const CRYPTOSUITE_NAMES = CRYPTOSUITES.map(({ name }) => name);

const ALGORITHMS: Readonly<Record<KeyType, SigningAlgorithm>> = {
  Ed25519: 'EdDSA',
  'P-256': 'ES256',
  'P-384': 'ES384',
};

export function algorithmOf(keyType: KeyType): SigningAlgorithm {
  return ALGORITHMS[keyType];
}

export interface InstanceKind {
  readonly format: InstanceFormat;
  readonly cryptosuite?: string;
  readonly keyType: KeyType;
}

/** What in the wish for an instance does not fit together; empty when all does. */
export function kindProblems({ format, cryptosuite, keyType }: InstanceKind): FieldError[] {
  if (format !== 'vc') {
    return cryptosuite === undefined
      ? []
      : [{ pointer: '/cryptosuite', detail: 'belongs to the format "vc" alone' }];
  }
  const suite = CRYPTOSUITES.find(({ name }) => name === cryptosuite);
  if (!suite) return [{ pointer: '/cryptosuite', detail: 'is required with the format "vc"' }];
  const fitting = KEY_TYPES.filter((type) => suite.algorithms.includes(algorithmOf(type)));
  return fitting.includes(keyType)
    ? []
    : [{ pointer: '/keyType', detail: `this cryptosuite is for: ${fitting.join(', ')}` }];
}

/**
 * VCALM §3.2.1: an issuer that was left out is filled in, and any other one than the instance is refused, whoever it names: nobody's key
 * signs in another's name. Only a member that is not there at all is filled in; `null` is there.
 */
export function withIssuer(
  credential: Readonly<Record<string, unknown>>,
  did: string,
): { readonly value: Readonly<Record<string, unknown>> } | { readonly problems: readonly Problem[] } {
  if (!Object.hasOwn(credential, 'issuer')) return { value: { ...credential, issuer: did } };
  const { issuer } = credential;
  if (isJsonObject(issuer) && !Object.hasOwn(issuer, 'id')) {
    return { value: { ...credential, issuer: { ...issuer, id: did } } };
  }
  const named = isJsonObject(issuer) ? issuer['id'] : issuer;
  if (named === did) return { value: credential };
  const pointer = isJsonObject(issuer) ? '/issuer/id' : '/issuer';
  return { problems: [{ pointer, detail: "must be left out, or be the instance's DID" }] };
}

/** What a holder must not keep back, lest a verifier take what is over or revoked for good. */
const ALWAYS_SHOWN = [
  'issuer',
  'validFrom',
  'validUntil',
  'issuanceDate',
  'expirationDate',
  'credentialSchema',
  'credentialStatus',
  'termsOfUse',
];

/**
 * The mandatory pointers of a credential of selective disclosure: those that the caller names, or else what decides whether it is valid. A
 * status that the instance has added is always among them.
 */
export function mandatoryPointersOf(
  credential: Readonly<Record<string, unknown>>,
  named: readonly string[] | undefined,
  { addsStatus }: { readonly addsStatus: boolean },
): readonly string[] {
  if (!named) {
    return ALWAYS_SHOWN.filter((member) => Object.hasOwn(credential, member)).map((member) => `/${member}`);
  }
  return addsStatus ? [...new Set([...named, '/credentialStatus'])] : named;
}

const THROUGH_APPLICATION = 'is issued through an application only';
/** Paths at which only what this network examined is named. */
const EXAMINED_PATHS = /^\/(?:schemas|contexts|types|v1)\//;
const TYPE_MEMBERS = new Set(['type', '@type', 'vct']);

/**
 * Whether a credential looks like one that this network examined: claims one of its types, names one of its schemas, contexts or
 * credentials, or carries its terms of use. Nothing that an instance signs is accredited whatever it says; this keeps it from being taken
 * for that by who reads no further. At any depth, since a context may give any member another name. Not recursive.
 */
export function profileClaimProblems(
  credential: Readonly<Record<string, unknown>>,
  { publicUrl, profileTypes }: { readonly publicUrl: string; readonly profileTypes: readonly string[] },
): Problem[] {
  const reserved = new Set([...profileTypes, ASSERTION_LIMITS]);
  const problems: Problem[] = [];
  const open: Place[] = [{ value: credential, pointer: '', member: '', isContext: false }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, pointer, member, isContext } = next;
    if (typeof value === 'string') {
      const isType = TYPE_MEMBERS.has(member) && reserved.has(value);
      if (isType || isExamined(value, publicUrl, isContext))
        problems.push({ pointer, detail: THROUGH_APPLICATION });
    } else if (typeof value === 'object' && value !== null) {
      for (const [token, child] of Object.entries(value)) {
        open.push({
          value: child,
          pointer: appendToken(pointer, token),
          member: Array.isArray(value) ? member : token,
          isContext: isContext || token === '@context',
        });
      }
    }
  }
  return problems;
}

interface Place {
  readonly value: unknown;
  readonly pointer: string;
  /** The nearest member's name above. */
  readonly member: string;
  readonly isContext: boolean;
}

/** A context must not build such a name out of pieces either, so there nothing of ours may stand, nor what it begins with. */
function isExamined(text: string, publicUrl: string, isContext: boolean): boolean {
  if (isContext && text.includes(':') && publicUrl.startsWith(text)) return true;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.origin === publicUrl && (isContext || EXAMINED_PATHS.test(decodePath(url.pathname)));
}

/** A server reads `/%73chemas/` as `/schemas/`. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
