import { createJcsSuite } from './jcsSuite.js';

/** Data Integrity EdDSA Cryptosuites 1.0 (W3C Recommendation of 15 May 2025) §3.3. */
export const eddsaJcs2022 = createJcsSuite('eddsa-jcs-2022', ['EdDSA']);
