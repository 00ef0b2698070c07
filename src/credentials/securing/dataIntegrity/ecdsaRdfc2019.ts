import { createRdfcSuite } from './rdfcSuite.js';

/** Data Integrity ECDSA Cryptosuites 1.0 (W3C Recommendation of 15 May 2025) §3.2: P-256 with SHA-256, P-384 with SHA-384. */
export const ecdsaRdfc2019 = createRdfcSuite('ecdsa-rdfc-2019', ['ES256', 'ES384']);
