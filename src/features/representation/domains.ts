import { randomBytes } from 'node:crypto';
import type { OrganisationCaller } from '../../kernel/caller.js';
import { AppError, invalidField } from '../../kernel/errors.js';
import type { ApplicationId } from '../../kernel/ids.js';
import { addDuration } from '../../kernel/instants.js';
import type { RepresentationDeps } from './deps.js';
import { presentRepresentation } from './presentation.js';
import {
  checkMethodOf,
  contentOf,
  DOMAIN_PROOF_VALID_FOR,
  isSame,
  judgeDomain,
  lookupWaitSeconds,
  MOST_LOOKUPS,
  placesOf,
} from './rules.js';
import type { NewDomainProof, Representation } from './schemas.js';
import { auditStart, entityDigest, isOver, newProof, supersedeOpenProof, tooSoon } from './proofs.js';
import { countAttempt, endProof, insertProof, lockOpenProof, type ProofRow } from './store.js';

export interface DomainProofs {
  /** What the applicant is to publish at a domain that the registrar found listed; an earlier one is void. */
  startDomainProof(
    caller: OrganisationCaller,
    id: ApplicationId,
    wanted: NewDomainProof,
  ): Promise<Representation>;
  /**
   * Looks at the domain now and, where it shows the proof, confirms `/representation` for whom the application stands. Throws
   * `representation/none-open`, `representation/domain-not-proven` and `representation/throttled`.
   */
  verifyDomainProof(caller: OrganisationCaller, id: ApplicationId): Promise<Representation>;
}

const TOKEN_BYTES = 24;
const MAX_BYTES = 1024;
const TIMEOUT_MS = 5_000;
const COOP_REGISTRY = '.coop registry (DotCooperation)';

export function createDomainProofs(deps: RepresentationDeps): DomainProofs {
  return {
    startDomainProof: (caller, id, wanted) => startDomainProof(deps, caller, id, wanted),

    async verifyDomainProof(caller, id) {
      const proof = await takeTurn(deps, caller, id);
      const faults = await findFaults(deps, proof);
      if (faults) {
        throw new AppError('representation/domain-not-proven', 'Neither place shows the proof.', {
          errors: [
            { pointer: '/https', detail: faults.https },
            { pointer: '/dns', detail: faults.dns },
          ],
        });
      }
      return confirmDomain(deps, caller, id, proof);
    },
  };
}

async function startDomainProof(
  deps: RepresentationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  { domain: text, listedBy, register }: NewDomainProof,
): Promise<Representation> {
  if ((listedBy === 'register') !== (register !== undefined))
    throw invalidField('/register', 'belongs to a domain that a register lists, and is required there');
  const judged = judgeDomain(text, listedBy, deps);
  if ('fault' in judged) throw invalidField('/domain', judged.fault);
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const application = await deps.applications.holdFor(trx, caller, id, 'registrar');
    await supersedeOpenProof(trx, id, 'domain', at);
    const proof = newProof(application, caller, {
      method: 'domain',
      register: register ?? COOP_REGISTRY,
      at,
    });
    await insertProof(trx, {
      ...proof,
      domain: judged.domain,
      listed_by: listedBy,
      path_token: randomBytes(TOKEN_BYTES).toString('base64url'),
      content_token: randomBytes(TOKEN_BYTES).toString('base64url'),
      expires_at: addDuration(at, DOMAIN_PROOF_VALID_FOR) ?? at,
    });
    await auditStart(trx, caller, proof);
    return presentRepresentation(deps, trx, application, caller.organisationId);
  });
}

/** Counts the look before it is taken, so that many at once do not become many requests. */
async function takeTurn(
  deps: RepresentationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
): Promise<ProofRow> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    await deps.applications.holdFor(trx, caller, id, 'applicant');
    const proof = await lockOpenProof(trx, id, 'domain');
    if (!proof || isOver(proof, at) || proof.attempts >= MOST_LOOKUPS) throw nothingToShow();
    const wait = lookupWaitSeconds(proof.last_attempt_at, at);
    if (wait > 0) throw tooSoon(wait);
    await countAttempt(trx, proof, at);
    return proof;
  });
}

type Places = { readonly https: string; readonly dns: string };

/** `undefined` as soon as one of the two places shows it; no transaction is open while strangers take their time. */
async function findFaults(deps: RepresentationDeps, proof: ProofRow): Promise<Places | undefined> {
  const { url, txtName } = placesOf(proof.domain ?? '', proof.path_token ?? '');
  const expected = Buffer.from(contentOf(proof.content_token ?? ''));
  const shown = (fault: string | undefined) => {
    if (fault !== undefined) throw new Error(fault);
  };
  const https = findHttpsFault(deps, url, expected);
  const dns = findDnsFault(deps, txtName, expected);
  const isShown = await Promise.any([https.then(shown), dns.then(shown)]).then(
    () => true,
    () => false,
  );
  if (isShown) return undefined;
  return { https: (await https) ?? '', dns: (await dns) ?? '' };
}

async function findHttpsFault(
  { http }: RepresentationDeps,
  url: string,
  expected: Buffer,
): Promise<string | undefined> {
  try {
    const answer = await http.get(url, { accept: 'text/plain', maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS });
    if (answer.status >= 300 && answer.status < 400) return 'the address redirects, which is not followed';
    if (answer.status !== 200) return `the address answers with status ${answer.status}`;
    const content = Buffer.from(answer.body.toString('utf8').trim());
    return isSame(content, expected) ? undefined : 'the content at the address is another one';
  } catch {
    // Why it cannot be reached, an address inside our own network for one, is nobody's to learn.
    return 'the address cannot be reached, or sends too much';
  }
}

async function findDnsFault(
  { resolveTxt }: RepresentationDeps,
  name: string,
  expected: Buffer,
): Promise<string | undefined> {
  try {
    const records = await resolveTxt(name);
    const isThere = records.some((record) => isSame(Buffer.from(record), expected));
    return isThere ? undefined : 'there is no such TXT record';
  } catch {
    return 'the DNS does not answer, or has too many records there';
  }
}

async function confirmDomain(
  deps: RepresentationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  looked: ProofRow,
): Promise<Representation> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const application = await deps.applications.holdFor(trx, caller, id, 'applicant');
    const proof = await lockOpenProof(trx, id, 'domain');
    // In the meantime the registrar may have asked for another domain, or the dossier may name another entity.
    const isStillIt = proof?.id === looked.id && isSame(proof.entity_digest, entityDigest(application));
    if (!proof || !isStillIt) throw nothingToShow();
    await endProof(trx, proof.id, 'confirmed', at);
    await deps.applications.recordCheck(trx, id, {
      method: checkMethodOf('domain', proof.listed_by),
      result: 'confirmed',
      evidence: {
        type: 'electronic_record',
        record: { type: 'domain_registration', source: { name: proof.register } },
      },
      actor: proof.started_by,
    });
    return presentRepresentation(deps, trx, application, caller.organisationId);
  });
}

function nothingToShow(): AppError {
  return new AppError(
    'representation/none-open',
    'No proof of a domain is waited for: it was given, has expired, was looked at too often, or was about another legal entity.',
  );
}
