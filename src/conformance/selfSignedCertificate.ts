import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';

/** A certificate and its private key, PEM. */
export interface SelfSignedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

const DAY_MS = 86_400_000;

/** DER tags (X.690). */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;

const OID = {
  commonName: '0603550403',
  ecdsaWithSha256: '06082a8648ce3d040302',
  subjectAltName: '0603551d11',
  basicConstraints: '0603551d13',
} as const;

/**
 * An X.509 certificate (RFC 5280) for `localhost` and the loopback addresses, signed with its own P-256 key and good for a week: for trying
 * out on one machine, where nobody else could issue one.
 */
export function createSelfSignedCertificate(now: Date): SelfSignedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, oid('ecdsaWithSha256'));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, oid('commonName'), der(UTF8_STRING, text('localhost')))));
  const toBeSigned = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.of(2))), // Version 3.
    der(INTEGER, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    name,
    der(SEQUENCE, utcTime(addDays(now, -1)), utcTime(addDays(now, 7))),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, der(SEQUENCE, alternativeNames(), isAuthority())),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = der(
    SEQUENCE,
    toBeSigned,
    algorithm,
    der(BIT_STRING, Buffer.concat([Buffer.of(0), signature])),
  );
  return {
    certificate: new X509Certificate(certificate).toString(),
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

/** RFC 5280 §4.2.1.6: names in the context tag 2, addresses in 7. */
function alternativeNames(): Buffer {
  const names = der(
    SEQUENCE,
    der(0x82, text('localhost')),
    der(0x87, Buffer.of(127, 0, 0, 1)),
    der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.of(1)])),
  );
  return der(SEQUENCE, oid('subjectAltName'), der(OCTET_STRING, names));
}

/** So that it can be given to a client as the authority that it is. */
function isAuthority(): Buffer {
  const constraints = der(SEQUENCE, Buffer.from('0101ff', 'hex'));
  return der(SEQUENCE, oid('basicConstraints'), der(OCTET_STRING, constraints));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function oid(name: keyof typeof OID): Buffer {
  return Buffer.from(OID[name], 'hex');
}

function text(value: string): Buffer {
  return Buffer.from(value);
}

function utcTime(at: Date): Buffer {
  return der(UTC_TIME, text(`${at.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));
}

function addDays(at: Date, days: number): Date {
  return new Date(at.getTime() + days * DAY_MS);
}
