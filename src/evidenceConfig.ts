import { ConfigError } from './configError.js';
import { addDuration } from './kernel/instants.js';

/** Where evidence is kept, for how long, and who looks at it first. */
export interface EvidenceConfig {
  /** ISO 8601 durations by type of evidence, for files whose owner asks for nothing else. */
  readonly retention: Readonly<Record<EvidenceType, string>>;
  /** Absent: a directory in DATA_DIR. */
  readonly s3?: S3Config;
  /** Absent: files are not scanned. */
  readonly clamd?: { readonly url: string; readonly timeoutSeconds: number };
}

export interface S3Config {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  /** One of the two. */
  readonly secretAccessKey?: string;
  readonly secretAccessKeyFile?: string;
}

const TYPES = ['document', 'electronic_record', 'vouch', 'electronic_signature'] as const;
type EvidenceType = (typeof TYPES)[number];

interface EvidenceEnvironment {
  readonly EVIDENCE_RETENTION: string;
  readonly EVIDENCE_S3_ENDPOINT?: string;
  readonly EVIDENCE_S3_BUCKET?: string;
  readonly EVIDENCE_S3_REGION: string;
  readonly EVIDENCE_S3_ACCESS_KEY_ID?: string;
  readonly EVIDENCE_S3_SECRET_ACCESS_KEY?: string;
  readonly EVIDENCE_S3_SECRET_ACCESS_KEY_FILE?: string;
  readonly CLAMD_URL?: string;
  readonly CLAMD_TIMEOUT_SECONDS: number;
}

export function readEvidenceConfig(env: EvidenceEnvironment): EvidenceConfig {
  const s3 = readS3(env);
  return {
    retention: readRetention(env.EVIDENCE_RETENTION),
    ...(s3 && { s3 }),
    ...(env.CLAMD_URL === undefined
      ? {}
      : { clamd: { url: checkClamdUrl(env.CLAMD_URL), timeoutSeconds: env.CLAMD_TIMEOUT_SECONDS } }),
  };
}

/** `P7Y`, or with others for some types: `P7Y,vouch=P2Y`. */
function readRetention(text: string): EvidenceConfig['retention'] {
  const parts = text.split(',').map((part) => part.trim());
  const general = parts.find((part) => !part.includes('='));
  const special = new Map(
    parts.filter((part) => part.includes('=')).map((part) => part.split('=', 2) as [string, string]),
  );
  const durations = TYPES.map((type) => [type, special.get(type) ?? general] as const);
  const known = [...special.keys()].every((name) => (TYPES as readonly string[]).includes(name));
  const isGood = durations.every(([, duration]) => duration !== undefined && isRetention(duration));
  if (!known || !isGood || parts.length !== special.size + 1) {
    throw new ConfigError(
      'EVIDENCE_RETENTION must be an ISO 8601 duration of at most 30 years such as P7Y, with others for single types if wanted: P7Y,vouch=P2Y.',
    );
  }
  return Object.fromEntries(durations) as EvidenceConfig['retention'];
}

const SOME_DAY = new Date(0);

function isRetention(duration: string): boolean {
  const end = addDuration(SOME_DAY, duration);
  const longest = addDuration(SOME_DAY, 'P30Y');
  return end !== undefined && longest !== undefined && end > SOME_DAY && end <= longest;
}

function readS3(env: EvidenceEnvironment): S3Config | undefined {
  const {
    EVIDENCE_S3_ENDPOINT: endpoint,
    EVIDENCE_S3_BUCKET: bucket,
    EVIDENCE_S3_ACCESS_KEY_ID: accessKeyId,
    EVIDENCE_S3_SECRET_ACCESS_KEY: secretAccessKey,
    EVIDENCE_S3_SECRET_ACCESS_KEY_FILE: secretAccessKeyFile,
  } = env;
  const given = [endpoint, bucket, accessKeyId, secretAccessKey, secretAccessKeyFile];
  if (given.every((value) => value === undefined)) return undefined;
  const hasSecret = (secretAccessKey === undefined) !== (secretAccessKeyFile === undefined);
  if (endpoint === undefined || bucket === undefined || accessKeyId === undefined || !hasSecret) {
    throw new ConfigError(
      'EVIDENCE_S3_ENDPOINT, EVIDENCE_S3_BUCKET, EVIDENCE_S3_ACCESS_KEY_ID and either EVIDENCE_S3_SECRET_ACCESS_KEY or EVIDENCE_S3_SECRET_ACCESS_KEY_FILE belong together.',
    );
  }
  return {
    endpoint: checkEndpoint(endpoint),
    bucket,
    region: env.EVIDENCE_S3_REGION,
    accessKeyId,
    ...(secretAccessKey === undefined ? {} : { secretAccessKey }),
    ...(secretAccessKeyFile === undefined ? {} : { secretAccessKeyFile }),
  };
}

/** Plain http too: what is sent is encrypted and signed, and no secret is among it. */
function checkEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url && ['https:', 'http:'].includes(url.protocol) && url.pathname === '/' && !url.search && !url.username;
  if (!isOrigin) throw new ConfigError('EVIDENCE_S3_ENDPOINT must be an origin such as https://s3.example.');
  return url.origin;
}

function checkClamdUrl(text: string): string {
  if (/^unix:(\/\/)?\/./.test(text) || /^tcp:\/\/[^\s/@?#]+\/?$/.test(text)) return text;
  throw new ConfigError('CLAMD_URL must be tcp://host:3310 or unix:/path/to/socket.');
}
