/**
 * Data Integrity (Verifiable Credential Data Integrity 1.0 and its EdDSA and ECDSA cryptosuites, W3C Recommendations of 15 May 2025). Same shape
 * as every format: prepare, sign, parse, verify.
 */
export { prepareProof, signProof, PreparedProof } from './prepareProof.js';
export type { PrepareContext, PrepareOutcome, ProofRequest, ProofSigner } from './prepareProof.js';
export { parseSecuredDocument } from './securedDocument.js';
export type { SecuredDocument, SecuredDocumentProblem } from './securedDocument.js';
export { verifyProofs } from './verifyProofs.js';
export type { ProofExpectations, ProofResult, ProofsOutcome } from './verifyProofs.js';
export { deriveSdProof } from './deriveSdProof.js';
export type { DeriveOutcome } from './deriveSdProof.js';
export { verifyBaseProof } from './ecdsaSd2023.js';
export { CRYPTOSUITES } from './suites.js';
export { isUndetermined } from './proofProblem.js';
export type { ProofProblem } from './proofProblem.js';
export type { DataIntegrityProof, ProofOptions } from './proof.js';
