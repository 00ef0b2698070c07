import { createJcsSuite } from './jcsSuite.js';

/** Data Integrity ECDSA Cryptosuites 1.0 (W3C Recommendation of 15 May 2025) §3.3: P-256 with SHA-256, P-384 with SHA-384. */
export const ecdsaJcs2019 = createJcsSuite('ecdsa-jcs-2019', ['ES256', 'ES384']);
