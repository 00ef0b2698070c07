import type { ReceiptVerdict } from '../credentials/receipts/checkReceipt.js';
import type { Digest } from '../credentials/receipts/digest.js';
import type { Receipt } from '../credentials/receipts/receipt.js';
import { toPlainLine } from './plainText.js';

const VERDICTS: Readonly<Record<ReceiptVerdict['verdict'], string>> = {
  genuine: 'GENUINE',
  refused: 'REFUSED: this is not what its verifier signed',
  undetermined: 'UNDETERMINED: it could not be fully checked',
};

/** For people: the verdict, every check, and, only where it is genuine, what the receipt says. */
export function describeReceipt({ verdict, checks, receipt }: ReceiptVerdict): string {
  const lines = [
    VERDICTS[verdict],
    '',
    'Checks',
    ...checks.map(({ check, outcome, detail }) => `  ${outcome.padEnd(12)}  ${check.padEnd(9)}  ${detail}`),
    ...(receipt && verdict !== 'refused' ? ['', ...describeContent(receipt)] : []),
  ];
  return `${lines.map(toPlainLine).join('\n')}\n`;
}

function describeContent(receipt: Receipt): string[] {
  const { report, restsOn, submitted, verifierDid, issuedAt, id } = receipt;
  // Its verifier signed it, and who that is may be anybody: nothing about its types is certain.
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const { policy, asOf } = report;
  const row = (kind: string, name: string, digest: Digest) => `  ${kind.padEnd(14)}${digest.value}  ${name}`;
  return [
    `Verdict    ${text(report['verdict'])}`,
    `Verified   ${text(report['verifiedAt'])}`,
    ...(asOf === undefined ? [] : [`As of      ${text(asOf)}`]),
    ...(policy === undefined ? [] : [`Policy     ${text(policy)}`]),
    `Signed by  ${verifierDid} at ${issuedAt.toISOString()}`,
    `Record     ${id}`,
    '',
    'Rested on, by SHA-256',
    row(submitted.kind, '', submitted.digest),
    ...restsOn.didDocuments.map(({ did, digest }) => row('DID document', did, digest)),
    ...restsOn.statusLists.map(({ url, digest }) => row('status list', url, digest)),
    ...restsOn.accreditations.map(({ issuer, digest }) => row('accreditation', issuer, digest)),
    ...restsOn.issuances.map(({ credential, digest }) => row('issuance', credential, digest)),
    ...restsOn.documents.map(({ url, digest }) => row('document', url, digest)),
  ];
}
