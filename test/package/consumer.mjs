// A partner's program on the built package: what `exports` promises can be imported, and says what it should. Needs `npm run build`.
import assert from 'node:assert/strict';
import { createProfileCatalogue, resolveSelfContainedDid, verifyCredential } from 'coop-passport/credentials';

const sources = {
  profiles: createProfileCatalogue('https://passport.example'),
  resolveDid: async (did) => resolveSelfContainedDid(did),
  fetchStatusList: async () => ({ problem: 'unreachable' }),
  accreditations: async () => ({ entries: [] }),
  issuance: async () => undefined,
};
const report = await verifyCredential('nonsense', { now: new Date(), sources });
assert.equal(report.verdict, 'rejected');
assert.equal(report.checks[0].code, 'format/malformed');
await assert.rejects(import('coop-passport/dist/app.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
console.log('the built package verifies');
