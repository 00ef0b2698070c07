import { Type, type Static } from 'typebox';
import { closed, Instant, line, Scopes, Uuid } from '../wire.js';

export const ClientInput = Type.Object(
  { name: line(200, 'What it is, for people', 'Nightly import'), scopes: Scopes },
  { ...closed, title: 'ClientInput' },
);

const clientMembers = {
  id: Uuid('UUIDv7'),
  clientId: Uuid('The same, under the name that OAuth 2 libraries ask for'),
  name: Type.String(),
  scopes: Scopes,
  createdAt: Instant('When it was created'),
};

export const Client = Type.Object(clientMembers, { ...closed, title: 'Client' });
export type Client = Static<typeof Client>;

export const NewClient = Type.Object(
  { ...clientMembers, secret: Type.String({ description: 'Shown this one time' }) },
  { ...closed, title: 'NewClient' },
);
export type NewClient = Static<typeof NewClient>;

/** RFC 6749 §4.4.2. Open, since parameters that are not known must be ignored (§3.2). */
export const TokenRequest = Type.Object(
  {
    grant_type: Type.Optional(Type.String({ maxLength: 200, examples: ['client_credentials'] })),
    scope: Type.Optional(
      Type.String({ maxLength: 1000, description: 'Fewer than the client has', examples: ['verify'] }),
    ),
    client_id: Type.Optional(Type.String({ maxLength: 200, description: 'Only without HTTP Basic' })),
    client_secret: Type.Optional(Type.String({ maxLength: 200, description: 'Only without HTTP Basic' })),
  },
  { title: 'TokenRequest', additionalProperties: true },
);

/** RFC 6749 §5.1 */
export const TokenAnswer = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds', examples: [900] }),
    scope: Type.String({ examples: ['dossier verify'] }),
  },
  { ...closed, title: 'TokenAnswer' },
);

/** RFC 6749 §5.2 */
export const TokenError = Type.Object(
  {
    error: Type.Enum(['invalid_request', 'invalid_client', 'unsupported_grant_type', 'invalid_scope']),
    error_description: Type.String(),
  },
  { ...closed, title: 'TokenError' },
);
