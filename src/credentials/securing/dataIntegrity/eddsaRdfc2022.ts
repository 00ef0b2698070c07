import { createRdfcSuite } from './rdfcSuite.js';

/** Data Integrity EdDSA Cryptosuites 1.0 (W3C Recommendation of 15 May 2025) §3.2. */
export const eddsaRdfc2022 = createRdfcSuite('eddsa-rdfc-2022', ['EdDSA']);
