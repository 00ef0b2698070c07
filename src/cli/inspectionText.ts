import { listOf, type JsonObject } from '../credentials/dataModel/problems.js';
import {
  allProblems,
  judgeDate,
  type DateState,
  type InspectedFormat,
  type InspectedProof,
  type InspectedStatusList,
  type Inspection,
} from '../credentials/inspection/inspection.js';
import { unverifiedChecks, type UnverifiedCheck } from '../credentials/inspection/unverified.js';
import { valueAt } from '../kernel/jsonPointer.js';
import { toPlainJson, toPlainLine } from './plainText.js';

/** An inspection for people: first that nothing is verified, then who says what, which dates apply, and everything that stands in it. */
export function describeInspection(inspection: Inspection, now: Date, howToVerify: string): string {
  const problems = allProblems(inspection);
  const lines = [
    FORMATS[inspection.format],
    'NOT VERIFIED: this is what stands in it, and anybody can have written that.',
    ...(problems.length === 0 ? [] : ['', 'MALFORMED: what could be decoded is shown all the same.']),
    ...problems.map(
      ({ within, part, pointer, detail, code }) =>
        `  ${within === '' ? '' : `item ${within}: `}${part}${pointer ? ` ${pointer}` : ''} ${detail} (${code})`,
    ),
    ...describeParts(inspection, now),
    '',
    'Not verified',
    ...unverifiedChecks(inspection).map((check) => `  ${check.padEnd(13)}  ${UNVERIFIED_WORDS[check]}`),
    '',
    'To verify it, ask a service:',
    `  ${howToVerify}`,
  ];
  return `${lines.map(toPlainLine).join('\n')}\n`;
}

const FORMATS: Readonly<Record<InspectedFormat, string>> = {
  'vc+jwt': 'A credential secured as application/vc+jwt (VC-JOSE-COSE)',
  'vp+jwt': 'A presentation secured as application/vp+jwt (VC-JOSE-COSE)',
  'vc+sd-jwt': 'A credential secured as application/vc+sd-jwt (VC-JOSE-COSE, RFC 9901)',
  'dc+sd-jwt': 'A credential secured as application/dc+sd-jwt (SD-JWT VC, RFC 9901)',
  'statuslist+jwt': 'A status list, application/statuslist+jwt (Token Status List)',
  jwt: 'A JWT with a vc or vp claim (VC-JWT of the VC Data Model 1.1)',
  vc: 'A JSON document with Data Integrity proofs (application/vc)',
  vp: 'A JSON presentation with Data Integrity proofs (application/vp)',
  envelope: 'An enveloped credential or presentation (VC Data Model 2.0)',
  unknown: 'Nothing that is known here',
};

const UNVERIFIED_WORDS: Readonly<Record<UnverifiedCheck, string>> = {
  signature: 'whether it was signed at all, and has not been changed since',
  key: 'whose key that is, and whether it may be used for this and has not been revoked',
  issuer: 'whether the issuer that it names is the owner of that key',
  validity: 'whether its dates, which are only its own word until then, hold',
  schema: 'whether it says what its schema and its type demand',
  status: 'whether it has been revoked or suspended',
  accreditation: 'whether its issuer is anybody that one should believe',
  holder: 'whether it is its holder who presents it',
  audience: 'whether it was made for you',
  nonce: 'whether it was made just now, and not copied',
};

function describeParts(inspection: Inspection, now: Date): string[] {
  const { header, content, disclosures, proofs, statusList, contains } = inspection;
  return [
    ...section('', describeParties(content)),
    ...section('Status list', statusList ? describeStatusList(statusList) : []),
    ...section(
      `Dates, at ${now.toISOString()} by the clock of this computer`,
      describeDates(inspection, now),
    ),
    ...section('Proofs', (proofs ?? []).flatMap(describeProof)),
    ...section(`Disclosures: ${disclosures?.length ?? 0}`, describeDisclosures(inspection)),
    ...section('Key binding', describeKeyBinding(inspection)),
    ...section('Header', header ? describeJson(header) : []),
    ...section('Content', content ? describeJson(content) : []),
    ...(contains ?? []).flatMap((part, index) => [
      '',
      `Item ${index + 1} of ${contains?.length ?? 0}: ${FORMATS[part.format]}`,
      ...describeParts(part, now).map((line) => (line === '' ? line : `  ${line}`)),
    ]),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return title === '' ? ['', ...lines] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** Members that say the same under the names that the formats have for it; VC-JWT 1.1 has the credential in a claim. */
const PARTIES: readonly (readonly [label: string, pointers: readonly string[]])[] = [
  ['Type', ['/type', '/vct', '/vc/type', '/vp/type']],
  ['Issuer', ['/issuer', '/iss', '/vc/issuer']],
  ['Subject', ['/credentialSubject', '/sub', '/vc/credentialSubject']],
  ['Holder', ['/holder', '/vp/holder']],
  ['Audience', ['/aud']],
  ['Status', ['/credentialStatus', '/status', '/vc/credentialStatus']],
];

function describeParties(content: JsonObject | undefined): string[] {
  return PARTIES.flatMap(([label, pointers]) => {
    const values = pointers
      .flatMap((pointer) => listOf(valueAt(content, pointer)))
      .map(label === 'Status' ? nameStatus : nameParty)
      .filter((text) => text !== '');
    return values.length === 0 ? [] : [`${label.padEnd(9)}  ${[...new Set(values)].join(', ')}`];
  });
}

function nameParty(value: unknown): string {
  const named = ['', '/legalName', '/name', '/id'].map((pointer) => valueAt(value, pointer));
  return named.filter((part) => typeof part === 'string').join('  ');
}

function nameStatus(entry: unknown): string {
  const of = (pointer: string) => {
    const value = valueAt(entry, pointer);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const list = of('/statusListCredential') ?? of('/status_list/uri');
  const index = of('/statusListIndex') ?? of('/status_list/idx');
  const purpose = of('/statusPurpose') ?? of('/type') ?? '';
  return list === undefined ? purpose : `${purpose} entry ${index ?? '?'} of ${list}`.trim();
}

const DATE_WORDS: Readonly<Record<DateState, string>> = {
  begun: 'has begun',
  notYetBegun: 'HAS NOT BEGUN YET',
  lasting: 'not over yet',
  over: 'IS OVER',
};

function describeDates({ dates }: Inspection, now: Date): string[] {
  const width = Math.max(0, ...dates.map(({ name }) => name.length));
  return dates.map(
    (date) => `${date.name.padEnd(width)}  ${date.at.toISOString()}  ${DATE_WORDS[judgeDate(date, now)]}`,
  );
}

function describeProof(proof: InspectedProof, index: number): string[] {
  return Object.entries(proof).map(([name, value], line) => {
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    return `${(line === 0 ? String(index + 1) : '').padEnd(3)}${name.padEnd(18)}  ${text}`;
  });
}

function describeDisclosures({ disclosures }: Inspection): string[] {
  if (!disclosures) return [];
  const lines = disclosures.map(({ pointer, name, value }) => {
    const place = pointer ?? `${name ?? '(element)'}, without a place`;
    return `${place}  ${shorten(JSON.stringify(value))}`;
  });
  return lines.length === 0 ? ['nothing that can be kept back is shown'] : lines;
}

function describeKeyBinding({ disclosures, keyBinding }: Inspection): string[] {
  if (!disclosures) return [];
  if (!keyBinding) return ['none is attached: whoever has seen this could present it'];
  return ['attached', ...describeJson({ ...keyBinding.header, ...keyBinding.payload })];
}

function describeStatusList(list: InspectedStatusList): string[] {
  if (list.kind === 'BitstringStatusList') {
    const purposes = list.purposes.length === 0 ? 'no purpose' : list.purposes.join(', ');
    return [`for ${purposes}: ${list.set} of ${list.entries} entries are set`];
  }
  const bits = list.bits === 1 ? '1 bit' : `${list.bits} bits`;
  return [
    `${list.entries} entries of ${bits}`,
    ...list.counts.map(({ value, entries }) => `${entries} entries are ${value}${TOKEN_STATUS[value] ?? ''}`),
  ];
}

/** draft-ietf-oauth-status-list §7.1. */
const TOKEN_STATUS: Readonly<Record<number, string>> = { 0: ' (valid)', 1: ' (invalid)', 2: ' (suspended)' };

const LONGEST_TEXT = 300;

function describeJson(value: unknown): string[] {
  return toPlainJson(value, (_, member) => (typeof member === 'string' ? shorten(member) : member)).split(
    '\n',
  );
}

function shorten(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)`;
}
