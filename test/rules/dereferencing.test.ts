import { describe, expect, it } from 'vitest';
import { dereference, parseDidUrlParts } from '../../src/credentials/did/dereferencing.js';
import { expandRelativeUrls, ResolutionFailure } from '../../src/credentials/did/resolution.js';

const DID = 'did:example:1234';
const document = {
  id: DID,
  verificationMethod: [{ id: '#key', type: 'Multikey', controller: DID }],
  authentication: ['#key', { id: `${DID}#embedded`, type: 'Multikey', controller: DID }],
  service: [
    { id: '#files', type: 'Files', serviceEndpoint: 'https://a.example/files' },
    { id: `${DID}#mail`, type: ['Mail', 'Files'], serviceEndpoint: 'https://a.example/mail' },
  ],
};

const read = (didUrl: string) => dereference(document, parseDidUrlParts(didUrl));
const idsOf = (found: object) => (found as typeof document).service.map(({ id }) => id);

describe('a DID URL (DID Resolution 1.0 §5.4)', () => {
  it.each([
    ['key', `${DID}#key`],
    ['embedded', `${DID}#embedded`],
    ['files', `${DID}#files`],
  ])('finds %s by its fragment, relative or not', (fragment, id) => {
    expect(read(`${DID}#${fragment}`)).toMatchObject({ id });
  });

  it.each([
    ['service=files', ['#files']],
    ['service=%23mail', [`${DID}#mail`]],
    [`service=${encodeURIComponent(`${DID}#mail`)}`, [`${DID}#mail`]],
    ['serviceType=Files', ['#files', `${DID}#mail`]],
    ['serviceType=Files&service=mail', [`${DID}#mail`]],
  ])('?%s selects services', (query, ids) => {
    expect(idsOf(read(`${DID}?${query}`))).toEqual(ids);
  });

  it.each(['#none', '/path', '?service=none', '?serviceType=None'])('%s names nothing', (rest) => {
    expect(() => read(DID + rest)).toThrow(ResolutionFailure);
  });

  it.each(['', 'did:example', 'did:example:a#b#c', 'did:example:a?b c', 'https://a.example'])(
    '%j is none',
    (text) => {
      expect(() => parseDidUrlParts(text)).toThrow(ResolutionFailure);
    },
  );

  it('is made absolute throughout a document on demand (§4.4)', () => {
    expect(expandRelativeUrls(document)).toMatchObject({
      verificationMethod: [{ id: `${DID}#key` }],
      authentication: [`${DID}#key`, { id: `${DID}#embedded` }],
      service: [{ id: `${DID}#files` }, { id: `${DID}#mail` }],
    });
  });
});
