import type { JsonObject } from '../dataModel/problems.js';
import { parseDcSdJwt } from '../securing/dcSdJwt.js';
import { parseDisclosure, readHashName, SD_MEMBERS, DEFAULT_HASH } from '../securing/sdJwt/disclosure.js';
import type { PlacedDisclosure } from '../securing/sdJwt/reveal.js';
import { MAX_DISCLOSURES, type ParsedSdJwt } from '../securing/sdJwt/sdJwt.js';
import { MAX_VC_JWT_LENGTH, parseVcJwt } from '../securing/vcJwt.js';
import { parseVcJwt11 } from '../securing/vcJwt11.js';
import { parseVcSdJwt } from '../securing/vcSdJwt.js';
import { parseVpJwt } from '../securing/vpJwt.js';
import { parseVpJwt11 } from '../securing/vpJwt11.js';
import { parseStatusListToken } from '../status/statusListToken.js';
import { inspectContained, type InspectWithin } from './contained.js';
import { datesOf, datesOfKeyBinding } from './dates.js';
import type {
  InspectedDisclosure,
  InspectedFormat,
  InspectedKeyBinding,
  Inspection,
  InspectionProblem,
} from './inspection.js';
import { explainProblem, type ReadersProblem } from './problemWords.js';
import {
  isBitstringList,
  MAX_LIST_CREDENTIAL_LENGTH,
  readBitstringList,
  readTokenList,
} from './statusLists.js';
import { decodeJws } from './unverifiedJws.js';

interface TokenKind {
  readonly format: InspectedFormat;
  readonly holds: Inspection['holds'];
  /** The format's own reader; what it answers besides a problem counts only for SD-JWTs. */
  readonly read: (token: string, payload: JsonObject | undefined) => object | ReadersProblem;
}

/** By `typ`. VC-JWT 1.1, whose `typ` is `JWT` or not there, is told by its claims. */
const KINDS: Readonly<Record<string, TokenKind>> = {
  'vc+jwt': { format: 'vc+jwt', holds: 'credential', read: readVcJwt },
  'vp+jwt': { format: 'vp+jwt', holds: 'presentation', read: parseVpJwt },
  'vc+sd-jwt': { format: 'vc+sd-jwt', holds: 'credential', read: parseVcSdJwt },
  'dc+sd-jwt': { format: 'dc+sd-jwt', holds: 'credential', read: parseDcSdJwt },
  'statuslist+jwt': { format: 'statuslist+jwt', holds: 'credential', read: parseStatusListToken },
};

/** VC Data Model 1.1 §6.3.1, by the claim that holds it. */
const CLAIMED: readonly (readonly [claim: string, kind: TokenKind])[] = [
  ['vc', { format: 'jwt', holds: 'credential', read: (token) => parseVcJwt11(token) }],
  ['vp', { format: 'jwt', holds: 'presentation', read: parseVpJwt11 }],
];

/** Problems that the look at the parts finds the place of. */
const PLACED: ReadonlySet<string> = new Set(['malformed', 'malformedDisclosure', 'unreferencedDisclosure']);

/** A JWT or SD-JWT of whatever kind. Never throws. */
export function inspectToken(token: string, inspectWithin: InspectWithin): Inspection {
  const [jwt = '', ...rest] = token.split('~', MAX_DISCLOSURES + 3);
  const { header, payload, problems: faults } = decodeJws(jwt);
  const kind = kindOf(header, payload);
  if (!kind) {
    const unknown = {
      code: 'unknownType',
      part: 'header',
      detail: 'names no kind of token that is read here',
    };
    const problems = header && faults.length === 0 ? [unknown] : faults;
    const shown = { ...(header && { header }), ...(payload && { content: payload }) };
    return { format: 'unknown', holds: 'unknown', problems, ...shown, dates: datesOf(payload) };
  }
  const outcome = kind.read(token, payload);
  const read = 'problem' in outcome ? undefined : outcome;
  const disclosed = rest.length === 0 ? undefined : readDisclosures(rest, payload, read);
  const content = isSdJwt(read) ? read.claims : payload;
  const list = kind.format === 'statuslist+jwt' ? readTokenList(content) : readBitstringList(content);
  const placed = [...faults, ...(disclosed?.problems ?? [])];
  const found = 'problem' in outcome ? explainProblem(outcome) : list.problems;
  const contained = inspectContained(presentationOf(content, kind), inspectWithin);
  return {
    format: kind.format,
    holds: kind.holds,
    problems: [
      ...placed,
      ...found.filter(({ code }) => placed.length === 0 || !PLACED.has(code)),
      ...contained.problems,
    ],
    ...(header && { header }),
    ...(content && { content }),
    ...(disclosed && { disclosures: disclosed.disclosures }),
    ...(disclosed?.keyBinding && { keyBinding: disclosed.keyBinding }),
    ...(list.statusList && { statusList: list.statusList }),
    dates: [...datesOf(content), ...datesOfKeyBinding(disclosed?.keyBinding)],
    ...(kind.holds === 'presentation' && { contains: contained.contains }),
  };
}

function kindOf(header: JsonObject | undefined, payload: JsonObject | undefined): TokenKind | undefined {
  const typ = header?.['typ'];
  const name = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : undefined;
  if (name !== undefined && Object.hasOwn(KINDS, name)) return KINDS[name];
  if (typ !== undefined && name !== 'jwt') return undefined;
  return CLAIMED.find(([claim]) => payload !== undefined && Object.hasOwn(payload, claim))?.[1];
}

function readVcJwt(token: string, payload: JsonObject | undefined) {
  return parseVcJwt(token, isBitstringList(payload) ? MAX_LIST_CREDENTIAL_LENGTH : MAX_VC_JWT_LENGTH);
}

function isSdJwt(read: object | undefined): read is ParsedSdJwt {
  return read !== undefined && 'disclosed' in read;
}

function presentationOf(content: JsonObject | undefined, { format, holds }: TokenKind): unknown {
  if (holds !== 'presentation') return undefined;
  return format === 'jwt' ? content?.['vp'] : content;
}

interface DisclosedParts {
  readonly disclosures: readonly InspectedDisclosure[];
  readonly keyBinding?: InspectedKeyBinding;
  readonly problems: readonly InspectionProblem[];
}

/** @param parts what follows the first tilde; the last is the key binding, or empty */
function readDisclosures(
  parts: readonly string[],
  payload: JsonObject | undefined,
  read: object | undefined,
): DisclosedParts {
  const binding = readKeyBinding(parts.at(-1) ?? '');
  const disclosures = isSdJwt(read)
    ? { disclosures: read.disclosed.map(showDisclosure), problems: [] }
    : decodeDisclosures(parts.slice(0, -1), payload);
  return {
    disclosures: disclosures.disclosures,
    ...(binding && { keyBinding: binding.keyBinding }),
    problems: [...disclosures.problems, ...(binding?.problems ?? [])],
  };
}

function showDisclosure({ pointer, name, value }: PlacedDisclosure): InspectedDisclosure {
  return { pointer, ...(name !== undefined && { name }), value };
}

/** Of an SD-JWT that its reader refused: each by itself, without a place. */
function decodeDisclosures(encoded: readonly string[], payload: JsonObject | undefined) {
  const problems: InspectionProblem[] = [];
  const refuse = (index: number, code: string, detail: string) =>
    void problems.push({ code, part: `disclosure ${index + 1}`, detail });
  const hash = readHashName(payload?.[SD_MEMBERS.hash]) ?? DEFAULT_HASH;
  const parsed = encoded.map((text) => parseDisclosure(text, hash));
  // A digest can stand in the payload or in another disclosure.
  const digests = JSON.stringify([payload, parsed.map((disclosure) => disclosure?.value)]);
  parsed.forEach((disclosure, index) => {
    if (!disclosure)
      refuse(index, 'malformedDisclosure', 'must be base64url of [salt, name, value] or [salt, value]');
    else if (payload && !digests.includes(`"${disclosure.digest}"`)) {
      refuse(index, 'unreferencedDisclosure', 'is not called for by any digest: it was added, or changed');
    }
  });
  const disclosures = parsed.flatMap((disclosure) =>
    disclosure
      ? [{ ...(disclosure.name !== undefined && { name: disclosure.name }), value: disclosure.value }]
      : [],
  );
  return { disclosures, problems };
}

function readKeyBinding(token: string) {
  if (token === '') return undefined;
  const { header, payload, problems } = decodeJws(token);
  const keyBinding = { ...(header && { header }), ...(payload && { payload }) };
  const faults = problems.map((problem) => ({ ...problem, part: `key binding ${problem.part}` }));
  if (header && header['typ'] !== 'kb+jwt') {
    faults.push({
      code: 'keyBindingMalformed',
      part: 'key binding header',
      detail: 'must have the typ kb+jwt',
    });
  }
  return { keyBinding, problems: faults };
}
