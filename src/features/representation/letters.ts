import { createHmac, randomBytes } from 'node:crypto';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { actorOf, type MemberCaller, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError } from '../../kernel/errors.js';
import type { ApplicationId, RepresentationProofId } from '../../kernel/ids.js';
import { addDuration } from '../../kernel/instants.js';
import type { RepresentationDeps } from './deps.js';
import { presentRepresentation } from './presentation.js';
import {
  CODE_ALPHABET,
  CODE_LENGTH,
  codeWaitSeconds,
  checkMethodOf,
  isSame,
  LETTER_VALID_FOR,
  MOST_CODES,
  normaliseCode,
} from './rules.js';
import type { Letter, NewLetter, Representation } from './schemas.js';
import {
  auditStart,
  companyRegister,
  entityDigest,
  isOver,
  newProof,
  requirePerson,
  supersedeOpenProof,
  tooSoon,
} from './proofs.js';
import { countAttempt, endProof, insertProof, lockOpenProof, type ProofRow } from './store.js';

export interface Letters {
  /** A code for a letter to the address that the register has, shown this once; an earlier letter is void. */
  makeLetter(caller: OrganisationCaller, id: ApplicationId, letter: NewLetter): Promise<Letter>;
  /**
   * Confirms `/representation` for the person who enters the code. Throws `representation/none-open`, `representation/code-wrong` and
   * `representation/throttled`.
   */
  enterCode(caller: OrganisationCaller, id: ApplicationId, code: string): Promise<Representation>;
}

export function createLetters(deps: RepresentationDeps): Letters {
  return {
    async makeLetter(caller, id, { register }) {
      const at = deps.clock.now();
      const expiresAt = addDuration(at, LETTER_VALID_FOR) ?? at;
      const code = newCode();
      return deps.db.transaction().execute(async (trx) => {
        const application = await deps.applications.holdFor(trx, caller, id, 'registrar');
        await supersedeOpenProof(trx, id, 'letter', at);
        const proof = newProof(application, caller, { method: 'letter', register, at });
        await insertProof(trx, {
          ...proof,
          expires_at: expiresAt,
          code_hash: hashCode(deps.codeSecret, proof.id, normaliseCode(code)),
        });
        await auditStart(trx, caller, proof);
        return { id: proof.id, code, expiresAt: expiresAt.toISOString() };
      });
    },

    async enterCode(caller, id, code) {
      const person = requirePerson(caller);
      const at = deps.clock.now();
      // A wrong code is counted, so the transaction comes to its end before the caller is told.
      const answer = await deps.db.transaction().execute((trx) => judgeCode(deps, trx, person, id, code, at));
      if ('refusal' in answer) throw answer.refusal;
      return answer.representation;
    },
  };
}

type Answer = { readonly refusal: AppError } | { readonly representation: Representation };

async function judgeCode(
  deps: RepresentationDeps,
  trx: Executor,
  caller: MemberCaller,
  id: ApplicationId,
  code: string,
  at: Date,
): Promise<Answer> {
  const application = await deps.applications.holdFor(trx, caller, id, 'applicant');
  const proof = await lockOpenProof(trx, id, 'letter');
  if (!proof || isOver(proof, at) || !isSame(proof.entity_digest, entityDigest(application)))
    return { refusal: noLetter() };
  const wait = codeWaitSeconds(proof.attempts, proof.last_attempt_at, at);
  if (wait > 0) return { refusal: tooSoon(wait) };
  const hash = hashCode(deps.codeSecret, proof.id, normaliseCode(code));
  if (!isSame(hash, proof.code_hash ?? Buffer.alloc(0))) return countWrongCode(trx, caller, proof, at);
  await endProof(trx, proof.id, 'confirmed', at);
  await deps.applications.recordCheck(trx, id, {
    method: checkMethodOf('letter'),
    result: 'confirmed',
    evidence: companyRegister(proof.register),
    actor: proof.started_by,
    boundTo: caller.membershipId,
  });
  return { representation: await presentRepresentation(deps, trx, application, caller.organisationId) };
}

async function countWrongCode(
  trx: Executor,
  caller: MemberCaller,
  proof: ProofRow,
  at: Date,
): Promise<Answer> {
  await countAttempt(trx, proof, at);
  const left = MOST_CODES - proof.attempts - 1;
  if (left <= 0) await endProof(trx, proof.id, 'exhausted', at);
  await recordAudit(trx, {
    at,
    actor: actorOf(caller),
    action: 'representation.code-wrong',
    organisationId: caller.organisationId,
    subjectId: proof.application_id,
    detail: { left },
  });
  return {
    refusal: new AppError(
      'representation/code-wrong',
      left > 0
        ? `This is not the code of the letter; ${left} more may be tried.`
        : 'This letter takes no more codes.',
    ),
  };
}

/** Of the letter whose code it is: on another application's it is any wrong one. */
function hashCode(secret: Buffer, id: RepresentationProofId, code: string): Buffer {
  return createHmac('sha256', secret).update(`${id}\n${code}`).digest();
}

/** 60 random bits, in three groups of four. */
function newCode(): string {
  const symbols = [...randomBytes(CODE_LENGTH)].map((byte) => CODE_ALPHABET[byte % CODE_ALPHABET.length]);
  return symbols.join('').replaceAll(/(.{4})(?!$)/g, '$1-');
}

function noLetter(): AppError {
  return new AppError(
    'representation/none-open',
    'No letter waits for a code: it was used, has expired, took too many wrong codes, or was about another legal entity.',
  );
}
