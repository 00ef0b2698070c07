import type { ErrorCode } from '../kernel/errors.js';
import { kind, type ProblemKind } from './problemKind.js';

type EvidenceCode = Extract<ErrorCode, `evidence/${string}` | `vouches/${string}`>;

export const EVIDENCE_PROBLEMS: Readonly<Record<EvidenceCode, ProblemKind>> = {
  'evidence/erased': kind(
    410,
    'The file was erased',
    'It went with the dossier that it belonged to. Hand it in anew if it is needed.',
  ),
  'evidence/too-large': kind(
    413,
    'The file is too large',
    'The largest size is in the configuration table (EVIDENCE_MAX_BYTES).',
  ),
  'evidence/type-not-allowed': kind(
    415,
    'This kind of file is not taken',
    'Send PDF, PNG, JPEG, WebP, TIFF, an office document without macros or plain text; what counts is the content, not the name.',
  ),
  'evidence/infected': kind(
    422,
    'The virus scanner refuses the file',
    'Nothing was stored. Clean the machine that the file comes from, make it anew and send that.',
  ),
  'evidence/scanner-unavailable': kind(
    503,
    'The file could not be scanned',
    'Nothing was stored, since no file is taken that was not scanned. Try again later, or tell the operator.',
  ),
  'evidence/deleted': kind(
    410,
    'The file is deleted',
    'Its retention period is over. Digest, type, title and dates are kept; ask its owner for the file.',
  ),
  'vouches/invalid': kind(
    422,
    'The vouch does not hold',
    'Ask who vouches for a token about your own DID that is valid now and signed with a key of theirs.',
  ),
  'vouches/settled': kind(
    409,
    'The request is settled',
    'It was answered, declined or withdrawn: make another one.',
  ),
  'vouches/too-many-open': kind(
    409,
    'Too many requests are open',
    'Withdraw those that you do not need any more, or wait until some are answered.',
  ),
  'vouches/asked-too-often': kind(
    429,
    'The same organisation was asked too often',
    'Wait for as long as Retry-After says, or ask another one. A request may name several fields.',
  ),
};
