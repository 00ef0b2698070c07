/** What a verification looks at, every answer that it can give, and how the answers make a verdict. */

export const CHECKS = [
  'format',
  'signature',
  'key',
  'issuer',
  'validity',
  'schema',
  'status',
  'accreditation',
  'dossier',
  'policy',
  'holder',
  'audience',
  'nonce',
] as const;
export type Check = (typeof CHECKS)[number];

export type CheckOutcome = 'pass' | 'fail' | 'undetermined' | 'skipped';
export type Verdict = 'accepted' | 'rejected' | 'undetermined';

export interface CheckResult {
  readonly check: Check;
  readonly outcome: CheckOutcome;
  readonly code: CheckCode;
  readonly detail: string;
}

type CodeTable = Readonly<Record<`${Check}/${string}`, readonly [CheckOutcome, string]>>;

/** The closed, documented list of codes. A code never changes its outcome; "no" and "could not ask" are different codes. */
export const CHECK_CODES = {
  'format/well-formed': ['pass', 'Well-formed, and secured in a format that is verified here.'],
  'format/malformed': ['fail', 'Not well-formed: its parts, encoding, JSON, proofs or size are wrong.'],
  'format/unsupported': ['fail', 'Secured in another way than those that are verified here.'],
  'format/disclosure-malformed': [
    'fail',
    'Its disclosures do not fit its digests: one is malformed, doubled, called for by nothing or in the place of something else.',
  ],
  'format/presentation': [
    'fail',
    'A presentation: send it as such, with the audience and the nonce that it was made for.',
  ],
  'format/too-large': ['fail', 'Larger, deeper or of more parts than is looked at.'],
  'format/not-json-ld': [
    'fail',
    'Not valid JSON-LD: a term that no context defines, or something else that would silently be lost.',
  ],
  'format/related-resource-changed': [
    'fail',
    'A digest in relatedResource is not that of the resource that it is given for.',
  ],
  'format/critical-header': ['fail', 'The header demands an extension that is not understood.'],
  'format/forbidden-claim': ['fail', 'The claims "vc" and "vp" must not stand in this kind of token.'],
  'format/conflicting-claims': [
    'fail',
    'A JWT claim contradicts the member of the credential that it repeats.',
  ],
  'format/not-a-credential': ['fail', 'Not a credential of the VC Data Model.'],
  'format/not-a-presentation': ['fail', 'Not a presentation of 1 to 20 secured credentials.'],
  'format/not-checked': ['undetermined', 'The format was not checked to the end.'],

  'signature/valid': ['pass', 'The signature is valid for exactly this content.'],
  'signature/invalid': ['fail', 'The signature does not fit this content and key.'],
  'signature/algorithm-not-allowed': ['fail', 'The token names a signature algorithm that is not allowed.'],
  'signature/algorithm-mismatch': ['fail', 'The token names another algorithm than the key is made for.'],
  'signature/proof-malformed': ['fail', 'The proof is not in the form that its cryptosuite prescribes.'],
  'signature/base-proof': [
    'fail',
    'A base proof, which is for the holder: what is shown to others is derived from it.',
  ],
  'signature/hidden-statement': ['fail', 'It is signed to say something that its JSON does not show.'],
  'signature/purpose-mismatch': ['fail', 'The proof was made for another purpose.'],
  'signature/chain-broken': ['fail', 'A proof builds on another one that is missing, not valid or itself.'],
  'signature/aliased-member': [
    'undetermined',
    'It names members by IRIs or keywords, so that its JSON may show something else than was signed.',
  ],
  'signature/unknown-cryptosuite': ['undetermined', 'The cryptosuite of a proof is not known here.'],
  'signature/unknown-context': [
    'undetermined',
    'It names a JSON-LD context that is not known here; none is fetched.',
  ],
  'signature/too-complex': ['undetermined', 'Checking the proof takes more work than is spent on one.'],
  'signature/not-checked': ['undetermined', 'The signature was not checked.'],

  'key/listed': ['pass', 'The signing key is listed for this purpose in its DID document.'],
  'key/issued-before-revocation': [
    'pass',
    'The signing key has been revoked; our record shows that this was issued before.',
  ],
  'key/revoked': ['fail', 'The signing key has been revoked, and nothing shows that this was issued before.'],
  'key/revocation-unconfirmed': [
    'undetermined',
    'The signing key has been revoked, and the record of the issuance could not be asked.',
  ],
  'key/unidentified': ['fail', 'The signature does not name its key by an absolute DID URL.'],
  'key/not-found': ['fail', 'The key that the signature names is not among the keys of its owner.'],
  'key/not-listed-for-purpose': ['fail', 'The key is in the DID document, but not for this purpose.'],
  'key/foreign-controller': [
    'fail',
    'The key is controlled by somebody else than the subject of the document.',
  ],
  'key/unusable': ['fail', 'The key is malformed or of a kind that is not supported.'],
  'key/did-not-found': ['fail', 'There is no such DID.'],
  'key/did-invalid': ['fail', 'The DID or its document is invalid.'],
  'key/metadata-invalid': ['fail', "The issuer's metadata is invalid, or another issuer's."],
  'key/method-not-supported': ['undetermined', 'DIDs of this method cannot be resolved here.'],
  'key/unresolvable': ['undetermined', 'The DID could not be resolved at the moment.'],
  'key/not-archived': [
    'undetermined',
    'What its owner published at that time as its keys was not recorded here, so it is not known.',
  ],
  'key/not-checked': ['undetermined', 'The key was not checked.'],

  'issuer/bound': ['pass', 'The issuer is the one whose key signed.'],
  'issuer/mismatch': ['fail', 'The issuer and the owner of the key are not the same.'],
  'issuer/not-checked': ['undetermined', 'The issuer was not checked.'],

  'validity/current': ['pass', 'Valid at the time of the verification.'],
  'validity/not-yet-valid': ['fail', 'Not valid yet.'],
  'validity/expired': ['fail', 'No longer valid.'],
  'validity/signature-expired': ['fail', 'The time that the token gives for its signature is over.'],
  'validity/signature-not-yet-valid': [
    'fail',
    'The time that the token gives for its signature is yet to come.',
  ],
  'validity/not-checked': ['undetermined', 'The dates were not checked.'],

  'schema/conforms': ['pass', "The content conforms to its type's schema."],
  'schema/violated': ['fail', "The content contradicts its type's schema."],
  'schema/unknown': [
    'undetermined',
    'The schema is not known here, so the content was not checked against it.',
  ],
  'schema/invalid': ['fail', 'What the credential names as its schema is none that it could conform to.'],
  'schema/unreachable': ['undetermined', 'The schema could not be fetched.'],
  'schema/not-checkable': ['undetermined', 'Conformity to the schema could not be found out.'],
  'schema/kept-back': [
    'undetermined',
    'Whether the whole conforms to the schema is not to be seen from what the holder shows.',
  ],
  'schema/none-declared': ['skipped', 'The credential declares no schema.'],
  'schema/not-archived': [
    'undetermined',
    'What stood at that time where the schema is published was not recorded here, so it is not known.',
  ],
  'schema/not-checked': ['undetermined', 'The schema was not checked.'],

  'status/clear': ['pass', 'Neither revoked nor suspended.'],
  'status/informative': [
    'pass',
    'Neither revoked nor suspended; its issuer has published a message about it, or a newer one.',
  ],
  'status/revoked': ['fail', 'Revoked by its issuer.'],
  'status/suspended': ['fail', 'Suspended by its issuer.'],
  'status/missing': [
    'fail',
    'A credential of this type must be revocable and suspendable, and this one is not.',
  ],
  'status/malformed': ['fail', 'An entry that should lead to the status is malformed.'],
  'status/issuer-mismatch': ['fail', 'The status list is not signed by the issuer of the credential.'],
  'status/list-mismatch': ['fail', 'The status list found there is another one than the credential names.'],
  'status/purpose-mismatch': [
    'fail',
    'The status list is kept for another purpose than the credential says.',
  ],
  'status/out-of-range': ['fail', 'The status list has no entry at the index that the credential names.'],
  'status/invalid-value': ['undetermined', 'The status list gives a value whose meaning is not known here.'],
  'status/none-declared': ['skipped', 'The credential declares no status.'],
  'status/unknown-type': ['undetermined', 'The status is of a kind that cannot be checked here.'],
  'status/too-many': [
    'undetermined',
    'The credential names more status lists than are fetched for one credential.',
  ],
  'status/unreachable': ['undetermined', 'The status list could not be fetched.'],
  'status/list-invalid': ['undetermined', 'The status list could not be verified or decoded.'],
  'status/stale': ['undetermined', 'The status list is not current.'],
  'status/not-archived': [
    'undetermined',
    'What the status list said at that time was not recorded here, so it is not known.',
  ],
  'status/not-checked': ['undetermined', 'The status was not checked.'],

  'accreditation/accredited': ['pass', 'The issuer was accredited for this when it issued the credential.'],
  'accreditation/not-accredited': ['fail', 'The issuer was not accredited for this type and jurisdiction.'],
  'accreditation/insufficient': [
    'fail',
    "The assurance level is above what the issuer's accreditation allows.",
  ],
  'accreditation/unavailable': ['undetermined', 'The accreditations could not be asked.'],
  'accreditation/issuance-unrecorded': [
    'undetermined',
    'There is no record of when this was issued, so accreditation at that time cannot be judged.',
  ],
  'accreditation/not-checked': ['undetermined', 'The accreditation was not checked.'],

  'dossier/proven': ['pass', 'Every field stood in the version of the dossier that was examined.'],
  'dossier/not-proven': ['fail', 'A field is not proven to have stood in the version that was examined.'],
  'dossier/not-committed': ['fail', 'The credential stands for no version of a dossier.'],
  'dossier/root-kept-back': [
    'undetermined',
    'The holder has kept back what the fields would be proven against.',
  ],
  'dossier/not-checked': ['undetermined', 'The fields were not checked.'],

  'policy/met': ['pass', 'What this rule of the acceptance policy demands was found.'],
  'policy/not-met': ['fail', 'What was found is not what this rule of the acceptance policy demands.'],
  'policy/not-shown': [
    'undetermined',
    'Nothing that was verified says what this rule of the acceptance policy asks for.',
  ],
  'policy/not-checked': ['undetermined', 'The acceptance policy was not evaluated.'],

  'holder/bound': [
    'pass',
    'Presented by the subject of every credential in it, or by the key that it is bound to.',
  ],
  'holder/missing': ['fail', 'The presentation does not say who presents it.'],
  'holder/mismatch': ['fail', 'The holder and the owner of the key are not the same.'],
  'holder/not-subject': ['fail', 'Presented by somebody else than the subject of a credential in it.'],
  'holder/unbound': [
    'undetermined',
    'A credential in it names no subject, or could not be read, so it is bound to nobody.',
  ],
  'holder/not-key-bound': [
    'fail',
    'The credential was not bound to a key, so nobody can show that it is theirs.',
  ],
  'holder/key-binding-missing': ['fail', 'The holder did not sign what is presented.'],
  'holder/key-binding-malformed': ['fail', 'What should show that the holder presents it is malformed.'],
  'holder/key-binding-mismatch': ['fail', 'The holder signed another presentation than this one.'],
  'holder/not-checked': ['undetermined', 'The holder was not checked.'],

  'audience/matches': ['pass', 'Made for this audience.'],
  'audience/missing': ['fail', 'The presentation names no audience.'],
  'audience/mismatch': ['fail', 'Made for another audience.'],
  'audience/not-demanded': ['undetermined', 'The verifier named no audience.'],
  'audience/not-checked': ['undetermined', 'The audience was not checked.'],

  'nonce/matches': ['pass', 'Made in answer to this request.'],
  'nonce/missing': ['fail', 'The presentation carries no nonce.'],
  'nonce/mismatch': ['fail', 'Made in answer to another request.'],
  'nonce/not-demanded': ['undetermined', 'The verifier asked for no nonce.'],
  'nonce/not-checked': ['undetermined', 'The nonce was not checked.'],
} as const satisfies CodeTable;

export type CheckCode = keyof typeof CHECK_CODES;

/** What a credential must have been checked for, in whatever format. */
export const CREDENTIAL_CHECKS = [
  'format',
  'signature',
  'key',
  'issuer',
  'validity',
  'schema',
  'status',
  'accreditation',
] as const satisfies readonly Check[];

/** What a presentation must have been checked for, apart from the credentials in it. */
export const PRESENTATION_CHECKS = [
  'format',
  'signature',
  'key',
  'holder',
  'audience',
  'nonce',
  'validity',
] as const satisfies readonly Check[];

/** Codes by which a check may be left out without a policy that says so. */
export const SKIPS_ALLOWED: ReadonlySet<CheckCode> = new Set([
  'status/none-declared',
  'schema/none-declared',
]);

/** @param more where exactly; never what was submitted */
export function resultOf(code: CheckCode, more?: string): CheckResult {
  const [outcome, detail] = CHECK_CODES[code];
  const check = code.slice(0, code.indexOf('/')) as Check;
  return { check, outcome, code, detail: more === undefined ? detail : `${detail} ${more}` };
}

/** The expected checks in their order: of several answers to one the worst, `not-checked` where none has answered. */
export function completeResults(expected: readonly Check[], results: readonly CheckResult[]): CheckResult[] {
  return expected.map((check) => {
    const answers = results.filter((result) => result.check === check);
    const worst = BY_WEIGHT.map((outcome) => answers.find((answer) => answer.outcome === outcome));
    return worst.find((answer) => answer !== undefined) ?? resultOf(`${check}/not-checked`);
  });
}

const BY_WEIGHT: readonly CheckOutcome[] = ['fail', 'undetermined', 'skipped', 'pass'];

/**
 * The verdict over the complete expected set: any `fail` rejects; otherwise anything undetermined, missing, or skipped for a reason that
 * is not allowed leaves it undetermined; otherwise it is accepted. Further results count as well, and can only lower the verdict.
 */
export function foldVerdict(
  results: readonly CheckResult[],
  expected: readonly Check[],
  skipsAllowed: ReadonlySet<CheckCode> = SKIPS_ALLOWED,
): Verdict {
  if (results.some(({ outcome }) => outcome === 'fail')) return 'rejected';
  const isSettled = ({ outcome, code }: CheckResult) =>
    outcome === 'pass' || (outcome === 'skipped' && skipsAllowed.has(code));
  const isComplete = expected.every((check) => results.some((result) => result.check === check));
  return isComplete && results.every(isSettled) ? 'accepted' : 'undetermined';
}

/** The verdict over several: what one of them spoils, the whole has lost. */
export function lowestVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('rejected')) return 'rejected';
  return verdicts.every((verdict) => verdict === 'accepted') ? 'accepted' : 'undetermined';
}
