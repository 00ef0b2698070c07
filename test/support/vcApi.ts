import type { Answer, ApiClient } from './api.js';
import { startApp, type TestApp, type TestAppOptions } from './app.js';
import { expectStatus, registerOrganisation, type Organisation } from './network.js';

/** An organisation that uses the W3C VC API, over HTTP as everybody does. */

export interface Instance {
  readonly id: string;
  readonly did: string;
  readonly issueUrl: string;
  /** The path of `issueUrl`. */
  readonly issuePath: string;
}

export interface InstanceWish {
  readonly format: string;
  readonly keyType: string;
  readonly cryptosuite?: string;
  readonly did?: 'web' | 'key';
  readonly statusList?: boolean;
}

export function startVcApi(options: TestAppOptions = {}): Promise<TestApp> {
  return startApp({ ...options, environment: { VC_API: 'true', ...options.environment } });
}

export async function createInstance(organisation: Organisation, wish: InstanceWish): Promise<Instance> {
  const body = { name: 'Tests', did: 'key', statusList: false, ...wish };
  const path = `/v1/organisations/${organisation.id}/issuer-instances`;
  const { body: instance } = expectStatus(await organisation.api.post(path, body), 201);
  return { ...instance, issuePath: new URL(instance.issueUrl).pathname };
}

export async function foundIssuer(
  { api }: Pick<TestApp, 'api'>,
  wish: InstanceWish,
): Promise<{ organisation: Organisation; instance: Instance }> {
  const organisation = await registerOrganisation(api, 'Issuing Co-operative');
  return { organisation, instance: await createInstance(organisation, wish) };
}

export function issue(
  api: ApiClient,
  instance: Instance,
  credential: unknown,
  options?: object,
): Promise<Answer> {
  return api.post(instance.issuePath, { credential, ...(options ? { options } : {}) });
}

/** A credential of version 2.0 without an issuer. */
export function credentialV2(members: object = {}): Record<string, unknown> {
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
    id: `urn:uuid:${crypto.randomUUID()}`,
    type: ['VerifiableCredential', 'ExampleAlumniCredential'],
    validFrom: '2024-01-01T00:00:00Z',
    credentialSubject: { id: 'did:example:alice', alumniOf: 'Example University', degree: 'Weaving' },
    ...members,
  };
}

/** The same for version 1.1. */
export function credentialV1(members: object = {}): Record<string, unknown> {
  return {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    id: `urn:uuid:${crypto.randomUUID()}`,
    type: ['VerifiableCredential'],
    issuanceDate: '2024-01-01T00:00:00Z',
    credentialSubject: { id: 'did:example:alice' },
    ...members,
  };
}
