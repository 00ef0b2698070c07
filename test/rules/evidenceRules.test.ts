import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readEvidenceConfig } from '../../src/evidenceConfig.js';
import { parseClamdUrl } from '../../src/adapters/clamd.js';
import {
  fileNameFor,
  judgeKeeping,
  judgeRetention,
  nextLook,
  type KeepClaim,
} from '../../src/features/dossiers/evidence/rules.js';
import { guardContent, sniffMediaType } from '../../src/features/dossiers/evidence/sniffing.js';
import { unvouchableFields, vouchExpiry } from '../../src/features/dossiers/vouches/rules.js';

const NOW = new Date('2026-11-26T12:00:00Z');
const at = (text: string) => new Date(text);

describe('what stands in the way of a deletion', () => {
  const hold = (until: string): KeepClaim => ({ because: 'hold', until: at(until) });
  it('is nothing where no claim stands, or every one is over', () => {
    expect(judgeKeeping([], NOW)).toBeUndefined();
    expect(judgeKeeping([hold('2026-11-26T12:00:00Z'), hold('2020-01-01T00:00:00Z')], NOW)).toBeUndefined();
  });
  it('lasts until the last claim ends, and says why', () => {
    const claims = [
      hold('2027-01-01T00:00:00Z'),
      { because: 'credential', until: at('2028-01-01T00:00:00Z') },
    ] as const;
    expect(judgeKeeping(claims, NOW)).toEqual({
      because: ['credential', 'hold'],
      until: at('2028-01-01T00:00:00Z'),
    });
  });
  it('has no known end while a review is open', () => {
    expect(judgeKeeping([hold('2027-01-01T00:00:00Z'), { because: 'review' }], NOW)).toEqual({
      because: ['hold', 'review'],
    });
  });
  it('is looked at again when it ends, and every day until then', () => {
    expect(nextLook({ because: ['review'] }, NOW)).toEqual(at('2026-11-27T12:00:00Z'));
    expect(nextLook({ because: ['hold'], until: at('2030-01-01T00:00:00Z') }, NOW)).toEqual(
      at('2026-11-27T12:00:00Z'),
    );
    expect(nextLook({ because: ['hold'], until: at('2026-11-26T13:00:00Z') }, NOW)).toEqual(
      at('2026-11-26T13:00:00Z'),
    );
  });
});

describe('how long a file is kept', () => {
  it.each([
    [{}, '2033-11-26T12:00:00.000Z'],
    [{ retention: 'P5Y' }, '2031-11-26T12:00:00.000Z'],
    [{ retainUntil: '2029-01-01T00:00:00+01:00' }, '2028-12-31T23:00:00.000Z'],
  ])('%j is until %s', (wish, until) => {
    expect(judgeRetention(wish, 'P7Y', NOW)).toEqual({ retainUntil: at(until) });
  });
  it.each([
    [{ retention: 'P0D' }, 'retention'],
    [{ retention: 'P31Y' }, 'retention'],
    [{ retainUntil: '2026-11-26T12:00:00Z' }, 'retainUntil'],
    [{ retainUntil: '2099-01-01T00:00:00Z' }, 'retainUntil'],
    [{ retainUntil: '2029-01-01T00:00:00Z', retention: 'P5Y' }, 'retention'],
  ])('%j is refused', (wish, member) => {
    expect(judgeRetention(wish, 'P7Y', NOW)).toMatchObject({ member });
  });
});

describe('the configuration', () => {
  const base = { EVIDENCE_RETENTION: 'P7Y', EVIDENCE_S3_REGION: 'us-east-1', CLAMD_TIMEOUT_SECONDS: 30 };
  const s3 = {
    EVIDENCE_S3_ENDPOINT: 'https://s3.example/',
    EVIDENCE_S3_BUCKET: 'evidence',
    EVIDENCE_S3_ACCESS_KEY_ID: 'id',
    EVIDENCE_S3_SECRET_ACCESS_KEY: 'secret',
  };
  it('gives one period for all types, and others for some', () => {
    const { retention } = readEvidenceConfig({ ...base, EVIDENCE_RETENTION: 'P7Y, vouch=P2Y' });
    expect(retention).toEqual({
      document: 'P7Y',
      electronic_record: 'P7Y',
      vouch: 'P2Y',
      electronic_signature: 'P7Y',
    });
  });
  it.each(['7 years', 'P0D', 'P40Y', 'vouch=P2Y', 'P7Y,rumour=P2Y', 'P7Y,P5Y', 'P7Y,vouch=P1Y,vouch=P2Y'])(
    'refuses the period %s',
    (EVIDENCE_RETENTION) => {
      expect(() => readEvidenceConfig({ ...base, EVIDENCE_RETENTION })).toThrow('EVIDENCE_RETENTION');
    },
  );
  it('takes an S3 service only with all that belongs to it', () => {
    expect(readEvidenceConfig({ ...base, ...s3 }).s3).toMatchObject({
      endpoint: 'https://s3.example',
      bucket: 'evidence',
    });
    for (const name of Object.keys(s3) as (keyof typeof s3)[]) {
      const { [name]: _left, ...rest } = s3;
      expect(() => readEvidenceConfig({ ...base, ...rest }), name).toThrow('EVIDENCE_S3');
    }
    const both = { ...base, ...s3, EVIDENCE_S3_SECRET_ACCESS_KEY_FILE: '/secret' };
    expect(() => readEvidenceConfig(both)).toThrow('EVIDENCE_S3_SECRET_ACCESS_KEY_FILE');
    const path = { ...base, ...s3, EVIDENCE_S3_ENDPOINT: 'https://s3.example/path' };
    expect(() => readEvidenceConfig(path)).toThrow('EVIDENCE_S3_ENDPOINT');
  });
  it.each([
    ['tcp://clamav', { host: 'clamav', port: 3310 }],
    ['tcp://10.0.0.1:1234', { host: '10.0.0.1', port: 1234 }],
    ['tcp://[::1]:1234', { host: '::1', port: 1234 }],
    ['unix:/run/clamav/clamd.ctl', { path: '/run/clamav/clamd.ctl' }],
    ['unix:///run/clamav/clamd.ctl', { path: '/run/clamav/clamd.ctl' }],
    ['http://clamav', undefined],
    ['tcp://user@clamav', undefined],
    ['unix:clamd', undefined],
  ])('%s is where clamd listens', (url, address) => {
    expect(parseClamdUrl(url)).toEqual(address);
  });
});

describe('the name of a saved file', () => {
  it.each([
    ['Rules of the society', 'application/pdf', 'rules-of-the-society.pdf'],
    ['Règlement "intérieur"; x=\r\ny', 'application/pdf', 'reglement-interieur-x-y.pdf'],
    ['../../etc/passwd', 'text/plain', 'etc-passwd.txt'],
    ['setup.exe', 'image/png', 'setup-exe.png'],
    ['定款', 'application/coop-passport-vouch+jwt', 'evidence.bin'],
  ])('of %j is %s', (title, mediaType, name) => {
    expect(fileNameFor({ title, mediaType })).toBe(name);
    expect(fileNameFor({ title: title.repeat(50), mediaType })).toMatch(/^[a-z0-9-]{1,60}\.[a-z]{3,4}$/);
  });
});

describe('what content is', () => {
  const kindOf = (content: string | Buffer) => sniffMediaType(Buffer.from(content as string));
  const zip = (...names: string[]) =>
    Buffer.from(names.map((name) => `PK\u0003\u0004....${name}data`).join(''), 'latin1');
  const guard = (mediaType: string, ...chunks: Buffer[]) => {
    const look = guardContent(mediaType);
    return chunks.every((chunk) => look(chunk, false)) && look(Buffer.alloc(0), true);
  };
  const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

  it.each([
    ['a shell script', '#!/bin/sh\nrm -rf /\n'],
    ['a script after a byte order mark', '\ufeff#!/usr/bin/env node\n'],
    ['PHP in text', 'Hello\n<?php system($_GET["x"]);'],
    ['a script tag in text', 'Minutes of the meeting\n<script>alert(1)</script>'],
    ['a page in text', 'x <HTML onload=x>'],
    ['PDF that is a page first', '<html>%PDF-1.7'],
    ['Windows programs', 'MZ\u0090\u0000\u0003'],
    ['ELF programs', Buffer.from('7f454c4602010100000000000000000002003e00', 'hex')],
    ['old office files, which may hold macros', Buffer.from('d0cf11e0a1b11ae10000000000000000', 'hex')],
    ['archives', zip('setup.exe')],
    ['RTF', '{\\rtf1\\ansi hello}'],
    ['PostScript', '%!PS-Adobe-3.0\n'],
  ])('%s: not taken', async (_what, content) => {
    expect(await kindOf(content)).toBeUndefined();
  });

  it('PDF that is a page as well is a PDF, and served as one', async () => {
    expect(await kindOf('%PDF-1.7\n<html><script>alert(1)</script>')).toBe('application/pdf');
  });

  it('text stays text until its end', () => {
    const euro = Buffer.from('€');
    expect(guard('text/plain', Buffer.from('Minutes '), euro.subarray(0, 1), euro.subarray(1))).toBe(true);
    expect(guard('text/plain', Buffer.from('Minutes'), Buffer.from([0]))).toBe(false);
    expect(guard('text/plain', Buffer.from('Minutes'), Buffer.from([0xff]))).toBe(false);
    expect(guard('text/plain', Buffer.from('Minutes'), euro.subarray(0, 2))).toBe(false);
  });

  it.each([
    'word/vbaProject.bin',
    'xl/macrosheets/sheet1.xml',
    'word/activeX/activeX1.bin',
    'word/embeddings/oleObject1.bin',
    'Basic/script-lb.xml',
    'Scripts/python/x.py',
  ])('an office file with %s is not taken, wherever a chunk ends', (name) => {
    const file = zip('[Content_Types].xml', 'word/document.xml', name);
    for (const end of [1, file.length - 6, file.length - 10, file.length]) {
      expect(guard(WORD, file.subarray(0, end), file.subarray(end))).toBe(false);
    }
    expect(guard(WORD, zip('[Content_Types].xml', 'word/document.xml'))).toBe(true);
  });
});

describe('what may be vouched for', () => {
  const dossier = { legalIdentity: { legalName: 'Albion' }, officers: [{ name: 'Ada' }] };
  it('is what stands in the dossier and is not about people', () => {
    expect(unvouchableFields(['/legalIdentity/legalName', '/legalIdentity'], dossier)).toEqual([]);
    const refused = unvouchableFields(['/officers', '/officers/0/name', '/legalIdentity/status'], dossier);
    expect(refused.map(({ pointer }) => pointer)).toEqual(['/fields/0', '/fields/1', '/fields/2']);
  });
  it('for two years at the most', () => {
    expect(vouchExpiry(undefined, NOW)).toEqual(at('2027-11-26T12:00:00Z'));
    expect(vouchExpiry('P2Y', NOW)).toEqual(at('2028-11-26T12:00:00Z'));
    for (const validFor of ['P0D', 'P3Y', 'soon']) expect(vouchExpiry(validFor, NOW)).toBeUndefined();
  });
});

it('every code of evidence has its place in the documentation', () => {
  const docs = readFileSync(new URL('../../docs/evidence.md', import.meta.url), 'utf8');
  for (const code of [
    'evidence/infected',
    'evidence/scanner-unavailable',
    'evidence/deleted',
    'vouches/invalid',
  ])
    expect(docs).toContain(`\`${code}\``);
});
