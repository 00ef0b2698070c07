import { Type, type Static } from 'typebox';
import { DIGEST_CHOICES } from './rules.js';

const Choice = Type.Enum([...DIGEST_CHOICES], {
  description:
    '`daily`, `never`, or `automatic`: for administrators and delegates, while the organisation has no webhook that works, and when there is more than who relies on it',
});

export const EventDigestChoice = Type.Object(
  { choice: Choice },
  { title: 'EventDigestChoice', additionalProperties: false },
);
export type EventDigestChoice = Static<typeof EventDigestChoice>;

export const EventDigest = Type.Object(
  {
    choice: Choice,
    isOn: Type.Boolean({
      description: 'Whether you get one as things stand; never where this installation sends no mail',
    }),
  },
  { title: 'EventDigest' },
);
export type EventDigest = Static<typeof EventDigest>;
