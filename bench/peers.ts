import { unlessThrown } from './comparison.js';

/**
 * Peers that have no types, or are installed in this folder only: loaded by name and described as they are called here, so that types are
 * checked where they are not installed.
 */
interface Resolver {
  resolve(did: string): Promise<unknown>;
}
type Class<Instance> = new (options: unknown) => Instance;

interface DidJwt {
  verifyJWT(token: string, options: { resolver: Resolver }): Promise<{ verified: boolean }>;
}
interface VeramoAgent {
  verifyCredential(request: object): Promise<{ verified: boolean }>;
}
interface DigitalbazaarVc {
  issue(request: object): Promise<Readonly<Record<string, unknown>>>;
  verifyCredential(request: object): Promise<{ verified: boolean }>;
}
interface DigitalbazaarSuite {
  readonly name: string;
}
export const { verifyJWT } = await load<DidJwt>('did-jwt');
export const digitalbazaarVc = await load<DigitalbazaarVc>('@digitalbazaar/vc');
export const { DataIntegrityProof } = await load<{ DataIntegrityProof: Class<object> }>(
  '@digitalbazaar/data-integrity',
);
export const { createSignCryptosuite, createVerifyCryptosuite } = await load<{
  createSignCryptosuite(): DigitalbazaarSuite;
  createVerifyCryptosuite(): DigitalbazaarSuite;
}>('@digitalbazaar/eddsa-jcs-2022-cryptosuite');
export const Ed25519Multikey = await load<{
  from(method: object): Promise<{ verifier(): object; signer(): object }>;
}>('@digitalbazaar/ed25519-multikey');

const { createAgent } = await load<{ createAgent(options: object): VeramoAgent }>('@veramo/core');
const { CredentialPlugin } = await load<{ CredentialPlugin: Class<object> }>('@veramo/credential-w3c');
const { CredentialProviderJWT } = await load<{ CredentialProviderJWT: new () => object }>(
  '@veramo/credential-jwt',
);
const { DIDResolverPlugin } = await load<{ DIDResolverPlugin: Class<object> }>('@veramo/did-resolver');

/** An agent with nothing but what verifying a JWT takes. Status is left out, as it is for everybody. */
export function createVeramoVerifier(resolver: Resolver): (token: string) => Promise<boolean> {
  const agent = createAgent({
    plugins: [new CredentialPlugin([new CredentialProviderJWT()]), new DIDResolverPlugin({ resolver })],
  });
  const policies = { credentialStatus: false };
  return (credential) =>
    unlessThrown(async () => (await agent.verifyCredential({ credential, policies })).verified);
}

async function load<Module>(name: string): Promise<Module> {
  return (await import(name)) as Module;
}
