import net from 'node:net';
import fs from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createCanonizer,
  createContextCatalogue,
  createProfileCatalogue,
  publishedContexts,
  recordReceipt,
  resolveSelfContainedDid,
  verifyCredential,
  verifyPresentation,
  type IssuanceRecord,
  type VerificationSources,
} from '../../src/credentials/index.js';
import { createWorldOfForms, FORMATS, prove } from '../support/forms.js';
import { COOP_DID, coopKey, NOW, PUBLIC_URL } from '../support/issuer.js';
import { createDidKeyIssuer, issue, sampleCredential } from '../support/dataIntegrity.js';

/** As a partner uses the package: with what it holds itself, and nobody to ask. */
const profiles = createProfileCatalogue(PUBLIC_URL);
const canonizer = createCanonizer(createContextCatalogue(publishedContexts(profiles)));

/** From here on whatever reads a clock, opens a connection or a file fails. */
function forbidTheOutside(): void {
  const RealDate = Date;
  class DateOfSomething extends RealDate {
    constructor(...given: ConstructorParameters<typeof Date> | []) {
      if (given.length === 0) throw new Error('the clock was read');
      super(...given);
    }
  }
  DateOfSomething.now = () => {
    throw new Error('the clock was read');
  };
  vi.stubGlobal('Date', DateOfSomething);
  vi.stubGlobal('fetch', () => {
    throw new Error('the network was asked');
  });
  for (const name of ['connect', 'createConnection'] as const) {
    vi.spyOn(net, name).mockImplementation(() => {
      throw new Error('the network was asked');
    });
  }
  vi.spyOn(fs, 'readFileSync').mockImplementation(() => {
    throw new Error('the disk was read');
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('the package by itself', () => {
  async function sourcesOfPartner(): Promise<{
    sources: VerificationSources;
    forms: Record<string, string>;
    receipts: Map<string, IssuanceRecord>;
  }> {
    const { world, forms } = await createWorldOfForms();
    const receipts = new Map<string, IssuanceRecord>();
    const { accreditations, fetchStatusList } = world.sources;
    return {
      forms,
      receipts,
      sources: {
        profiles,
        canonizer,
        accreditations,
        fetchStatusList,
        issuance: async (id) => receipts.get(id),
        resolveDid: async (did) => {
          const document = world.documents.get(did);
          return document === undefined ? resolveSelfContainedDid(did) : { document };
        },
      },
    };
  }

  it.each(FORMATS)('accepts a %s that it recorded on receiving it', async (format) => {
    const { sources, forms, receipts } = await sourcesOfPartner();
    const secured = forms[format];
    forbidTheOutside();
    const unrecorded = await verifyCredential(secured, { now: NOW, sources });
    expect(unrecorded.verdict).toBe('undetermined');
    const receipt = recordReceipt(secured, NOW, profiles);
    if (!receipt) throw new Error('not a credential');
    receipts.set(receipt.credentialId, receipt.record);
    expect((await verifyCredential(secured, { now: NOW, sources })).verdict).toBe('accepted');
  });

  it('verifies a presentation', async () => {
    const { sources, forms, receipts } = await sourcesOfPartner();
    const credential = JSON.parse(forms['vc'] ?? '') as unknown;
    const receipt = recordReceipt(credential, NOW, profiles);
    if (receipt) receipts.set(receipt.credentialId, receipt.record);
    const presentation = await prove(
      {
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        type: 'VerifiablePresentation',
        holder: COOP_DID,
        verifiableCredential: credential,
      },
      coopKey,
      {
        cryptosuite: 'ecdsa-rdfc-2019',
        proofPurpose: 'authentication',
        domain: 'https://partner.example',
        challenge: 'n',
      },
    );
    forbidTheOutside();
    const context = { now: NOW, sources, audience: 'https://partner.example', nonce: 'n' };
    expect((await verifyPresentation(presentation, context)).verdict).toBe('accepted');
  });

  it("knows whose a stranger's credential is, and that nobody accredited it", async () => {
    const { sources } = await sourcesOfPartner();
    const issuer = createDidKeyIssuer('P-384');
    const { credentialStatus: _, ...credential } = sampleCredential(issuer.did);
    const secured = await issue(credential, issuer, { cryptosuite: 'ecdsa-jcs-2019' });
    const report = await verifyCredential(secured, { now: NOW, sources });
    expect(report.credential?.issuer.did).toBe(issuer.did);
    expect(report.checks.map(({ code }) => code)).toContain('accreditation/not-accredited');
    expect(report.verdict).toBe('rejected');
  });

  it('records nothing of what is no credential', () => {
    expect(recordReceipt('nonsense', NOW, profiles)).toBeUndefined();
  });
});

describe('a DID that is its own document', () => {
  it('is resolved, and nothing else is', () => {
    const { did } = createDidKeyIssuer('Ed25519');
    expect(resolveSelfContainedDid(did)).toMatchObject({ document: { id: did } });
    expect(resolveSelfContainedDid('did:key:z6Mk')).toEqual({ problem: 'invalid' });
    expect(resolveSelfContainedDid('did:web:a.example')).toEqual({ problem: 'methodNotSupported' });
  });
});
