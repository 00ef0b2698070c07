import type * as Contexts from '../src/credentials/contexts/catalogue.js';
import type * as DataModel from '../src/credentials/dataModel.js';
import type * as KeyDid from '../src/credentials/did/keyDid.js';
import type * as Base58 from '../src/credentials/encoding/base58.js';
import type * as InProcessCanonizer from '../src/credentials/jsonLd/inProcessCanonizer.js';
import type * as Keys from '../src/credentials/keys.js';
import type * as Policies from '../src/credentials/policies/evaluate.js';
import type * as Profiles from '../src/credentials/profiles/catalogue.js';
import type * as DataIntegrity from '../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import type * as DcSdJwt from '../src/credentials/securing/dcSdJwt.js';
import type * as SeededRandom from '../src/credentials/securing/sdJwt/randomSource.js';
import type * as VcJwt from '../src/credentials/securing/vcJwt.js';
import type * as Bitstring from '../src/credentials/status/bitstring.js';

/** The core as it ships, compiled (`npm run build`): what runs it from source adds a call for every function that it names. */
export const { createContextCatalogue } = await load<typeof Contexts>('contexts/catalogue');
export const { checkCredential } = await load<typeof DataModel>('dataModel');
export const { keyDidDocument } = await load<typeof KeyDid>('did/keyDid');
export const { encodeBase58 } = await load<typeof Base58>('encoding/base58');
export const { createCanonizer } = await load<typeof InProcessCanonizer>('jsonLd/inProcessCanonizer');
export const { importJwk, toMultikey } = await load<typeof Keys>('keys');
export const { compilePolicy, decideUnder } = await load<typeof Policies>('policies/evaluate');
export const { createProfileCatalogue } = await load<typeof Profiles>('profiles/catalogue');
export const { parseSecuredDocument, prepareProof, signProof, verifyProofs } = await load<
  typeof DataIntegrity
>('securing/dataIntegrity/dataIntegrity');
export const { parseDcSdJwt, prepareDcSdJwt, signDcSdJwt, verifyDcSdJwtSignature } =
  await load<typeof DcSdJwt>('securing/dcSdJwt');
export const { createSeededRandom } = await load<typeof SeededRandom>('securing/sdJwt/randomSource');
export const { parseVcJwt, verifyVcJwtSignature } = await load<typeof VcJwt>('securing/vcJwt');
export const { createBitstring, decodeBitstring, encodeBitstring, readBit, setBit } =
  await load<typeof Bitstring>('status/bitstring');

async function load<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../dist/credentials/${path}.js`, import.meta.url).href)) as Module;
}
