import type { Executor } from '../../adapters/database/schema.js';
import { composeCredential } from '../../credentials/compose.js';
import type { CredentialDraft, CredentialOrder } from '../../credentials/credentialOrder.js';
import type { FieldError } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import type { IssuanceDeps } from './deps.js';
import { claimsOf, missingMembers } from './preparation.js';
import { hasLiveCredential } from './store.js';

/**
 * What `prepareCredential` would make of an order: the same claims and the same composition, of which only the parts to look at are given
 * out. Takes no status index, stores nothing and signs nothing.
 */
export async function draftCredential(
  { publicUrl }: Pick<IssuanceDeps, 'publicUrl'>,
  executor: Executor,
  order: CredentialOrder,
): Promise<CredentialDraft> {
  const { profile, issuer, holder, at, validUntil, subjectKeys, supersedes } = order;
  const claims = claimsOf(order);
  const composed = composeCredential({
    profile,
    publicUrl,
    credentialId: newId<'credential'>(),
    issuerDid: issuer.did,
    subjectDid: holder.did,
    claims,
    checks: order.checks.map(({ document: _salted, ...check }) => check),
    assuranceLevel: order.assurance,
    validFrom: at,
    validUntil,
  });
  const issuerId = profile.uniqueWithin === 'issuer' ? issuer.id : undefined;
  const isDuplicate = await hasLiveCredential(executor, {
    type: profile.type,
    issuerId,
    subjectKeys,
    supersedes,
    at,
  });
  const duplicate: FieldError = {
    pointer: '/legalIdentity/registrationNumber',
    detail: `there is a live ${profile.type} for this registration authority and number`,
  };
  const { credentialSubject, evidence, validFrom, validUntil: end } = composed;
  return {
    credentialSubject: credentialSubject as Record<string, unknown>,
    evidence: evidence as object[],
    validFrom: validFrom ?? at.toISOString(),
    validUntil: end ?? validUntil.toISOString(),
    problems: [...(isDuplicate ? [duplicate] : []), ...unconfirmedMembers(order, claims)],
  };
}

/** While checks are missing, most of them are only not confirmed yet; which ones, the application says. */
function unconfirmedMembers(order: CredentialOrder, claims: Readonly<Record<string, unknown>>): FieldError[] {
  const isRefuted = (pointer: string) => order.refutedFields.includes(pointer);
  return missingMembers(order.profile, claims).map(({ pointer, detail }) => ({
    pointer,
    detail: isRefuted(pointer) ? detail : 'is not confirmed by any check',
  }));
}
