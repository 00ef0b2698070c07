import { randomBytes } from 'node:crypto';
import type { Answer } from './api.js';
import { expectStatus, type Organisation } from './network.js';

export interface Part {
  readonly name: string;
  readonly content: string | Buffer;
  /** Absent: a plain field. */
  readonly filename?: string;
  readonly type?: string;
}

export const METADATA = { type: 'document', title: 'Rules of the society' };
export const TEXT_FILE = Buffer.from('The members decide at the general meeting.\n');
/** As much of a PDF as shows what it is. */
export const PDF_FILE = Buffer.from(
  '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<<>>\n%%EOF\n',
);

export const metadataPart = (metadata: unknown = METADATA): Part => ({
  name: 'metadata',
  content: JSON.stringify(metadata),
  type: 'application/json',
});
export const filePart = (content: string | Buffer = PDF_FILE, type = 'application/pdf'): Part => ({
  name: 'file',
  content,
  filename: 'rules.pdf',
  type,
});

/** RFC 7578. */
export function encodeMultipart(parts: readonly Part[]): { contentType: string; raw: Buffer } {
  const boundary = `----${randomBytes(12).toString('hex')}`;
  const chunks = parts.flatMap(({ name, content, filename, type }) => [
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"`,
    type === undefined ? '' : `\r\ncontent-type: ${type}`,
    '\r\n\r\n',
    content,
    '\r\n',
  ]);
  const raw = Buffer.concat([...chunks, `--${boundary}--\r\n`].map((chunk) => Buffer.from(chunk)));
  return { contentType: `multipart/form-data; boundary=${boundary}`, raw };
}

export async function upload(
  organisation: Organisation,
  parts: readonly Part[] = [metadataPart(), filePart()],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { contentType, raw } = encodeMultipart(parts);
  return organisation.api.post(`/v1/organisations/${organisation.id}/evidence`, undefined, {
    headers: { 'content-type': contentType, ...headers },
    raw,
  });
}

/** An accepted piece of evidence; its id. */
export async function addEvidence(organisation: Organisation, parts?: readonly Part[]): Promise<string> {
  return expectStatus(await upload(organisation, parts), 201).body.id;
}
