import type { Executor } from '../../adapters/database/schema.js';
import { digestOf } from '../../credentials/receipts/digest.js';
import type { Grounds } from '../../credentials/receipts/grounds.js';
import { signReceipt, type Submitted } from '../../credentials/receipts/receipt.js';
import { AppError, invalidField } from '../../kernel/errors.js';
import type { OrganisationId, VerificationId } from '../../kernel/ids.js';
import type { Signer, SigningAlgorithm, SigningKey } from '../../kernel/ports.js';
import type { Report } from './schemas.js';
import type { Submission } from './submission.js';

export interface ReceiptDeps {
  readonly db: Executor;
  readonly publicUrl: string;
  readonly signer: Signer;
  readonly findActiveKey: (
    executor: Executor,
    organisationId: OrganisationId,
    algorithm: SigningAlgorithm,
  ) => Promise<SigningKey | undefined>;
}

export interface ReceiptOrder {
  readonly id: VerificationId;
  readonly verifierId: OrganisationId;
  readonly submitted: Submitted;
  readonly restsOn: Grounds;
  readonly report: Report;
}

/** A key may be rotated while it signs; that it is so again and again means something else. */
const MOST_ATTEMPTS = 3;

/** The report, signed by the organisation that verified. Throws `keys/none-active`. Not in a transaction: the key custody asks by itself. */
export async function signReport(
  deps: ReceiptDeps,
  { id, verifierId, submitted, restsOn, report }: ReceiptOrder,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const key = await deps.findActiveKey(deps.db, verifierId, 'ES256');
    if (!key)
      throw new AppError(
        'keys/none-active',
        'Your organisation has no active ES256 key to sign a receipt with.',
      );
    const receipt = {
      verifierDid: key.did,
      id: `${deps.publicUrl}/v1/verifications/${id}`,
      issuedAt: new Date(report.verifiedAt),
      submitted,
      restsOn,
      report: { ...report },
    };
    try {
      return await signReceipt(receipt, key, deps.signer);
    } catch (error) {
      const isRotated = error instanceof AppError && error.code === 'keys/not-active';
      if (!isRotated || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/** Of what was sent to be verified, before anything is asked about it. Throws `request/invalid` for what no digest can be made of. */
export function describeSubmission(submission: Submission): Submitted {
  try {
    if ('credential' in submission) {
      const { credential, fields } = submission;
      const digest = digestOf(credential);
      return { kind: 'credential', digest, ...(fields && { fields: digestOf(fields) }) };
    }
    const { presentation, audience, nonce } = submission;
    return { kind: 'presentation', digest: digestOf(presentation), audience, nonce: digestOf(nonce) };
  } catch {
    throw invalidField('/receipt', 'cannot be given for a value that has no canonical form (RFC 8785)');
  }
}
