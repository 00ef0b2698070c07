import { Type } from 'typebox';
import { RESOLUTION_ERRORS } from '../../credentials/did/resolution.js';

const title = (text: string) => ({ title: text });

const ResolutionError = Type.Object(
  {
    type: Type.Enum(
      Object.keys(RESOLUTION_ERRORS).map((code) => `https://www.w3.org/ns/did#${code}`),
      { description: 'Which error (DID Resolution 1.0 §11)' },
    ),
    title: Type.String(),
    detail: Type.String(),
  },
  title('DidResolutionError'),
);

const Metadata = {
  contentType: Type.Optional(Type.String({ description: 'The media type of the document' })),
  error: Type.Optional(ResolutionError),
};

/** A DID document, or a part of one, as its method gave it: foreign ones may hold anything. */
export const FoundDocument = Type.Object({}, { additionalProperties: true, ...title('FoundDidDocument') });

const NoDocument = Type.Union([FoundDocument, Type.Null()], { description: '`null` when there is an error' });
const Empty = Type.Object({}, { additionalProperties: true });

export const ResolutionResult = Type.Object(
  {
    '@context': Type.Optional(Type.String()),
    didDocument: NoDocument,
    didResolutionMetadata: Type.Object(Metadata),
    didDocumentMetadata: Empty,
  },
  title('DidResolutionResult'),
);

export const DereferencingResult = Type.Object(
  { contentStream: NoDocument, dereferencingMetadata: Type.Object(Metadata), contentMetadata: Empty },
  title('DidUrlDereferencingResult'),
);

/** Read by hand, so that what is wrong with them is told as DID Resolution has it. */
export const ResolutionQuery = Type.Object(
  {
    versionTime: Type.Optional(
      Type.Unknown({ description: 'The document of an instant, in UTC and whole seconds; not for did:web' }),
    ),
    expandRelativeUrls: Type.Optional(
      Type.Unknown({ description: '`true`: with absolute DID URLs throughout' }),
    ),
    service: Type.Optional(Type.Unknown({ description: 'DID parameter: the service of this id' })),
    serviceType: Type.Optional(Type.Unknown({ description: 'DID parameter: the services of this type' })),
    relativeRef: Type.Optional(Type.Unknown({ description: 'DID parameter: percent-encoded' })),
  },
  { additionalProperties: true },
);
