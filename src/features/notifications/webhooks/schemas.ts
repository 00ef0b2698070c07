import { Type, type Static } from 'typebox';
import { pageOf, PageQuery } from '../../../http/paging.js';
import { EVENT_TYPES } from '../../../kernel/events.js';
import { DURATION_PATTERN } from '../../../kernel/instants.js';
import { SEND_PROBLEMS } from '../../../kernel/ports.js';

const closed = { additionalProperties: false } as const;
const uuid = (description: string) => Type.String({ format: 'uuid', description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

const Url = Type.String({
  format: 'uri',
  maxLength: 2000,
  pattern: '^https?://',
  description: 'https, at a public address; no user information. A redirect is not followed',
  examples: ['https://bank.example/hooks/coop-passport'],
});
/** What a subscription can be to: all but trials. */
const SUBSCRIBED = EVENT_TYPES.filter((type) => type !== 'webhook.test');
const types = (minItems: number, description: string) =>
  Type.Array(Type.Enum(SUBSCRIBED), {
    minItems,
    maxItems: SUBSCRIBED.length,
    uniqueItems: true,
    description,
  });

export const NewWebhook = Type.Object(
  { url: Url, types: Type.Optional(types(1, 'Only these types of events; absent: all')) },
  { ...closed, title: 'NewWebhook' },
);
export type NewWebhook = Static<typeof NewWebhook>;

export const WebhookChanges = Type.Object(
  {
    url: Type.Optional(Url),
    types: Type.Optional(types(0, 'Only these types of events; empty: all')),
    isEnabled: Type.Optional(
      Type.Boolean({ description: '`false` pauses it; `true` also puts right that it was disabled' }),
    ),
  },
  { ...closed, title: 'WebhookChanges', minProperties: 1 },
);
export type WebhookChanges = Static<typeof WebhookChanges>;

const members = {
  id: uuid('UUIDv7'),
  url: Type.String(),
  types: Type.Optional(Type.Array(Type.String())),
  createdAt: instant('When it was created'),
  isEnabled: Type.Boolean(),
  disabledAt: Type.Optional(instant('Since when nothing is delivered')),
  disabledBecause: Type.Optional(
    Type.Enum(['paused', 'failing', 'gone'], {
      description: 'By you; after a day without any success; or since it answered 410',
    }),
  ),
  failingSince: Type.Optional(instant('Since when no delivery has succeeded')),
  previousSecretValidUntil: Type.Optional(instant('Until when the secret before signs as well')),
};
export const Webhook = Type.Object(members, { title: 'Webhook' });
export type Webhook = Static<typeof Webhook>;
export const WebhookPage = pageOf(Webhook);

const Secret = Type.String({
  description: 'Shown this one time: `whsec_` and 32 bytes in Base64, as Standard Webhooks has it',
});
export const WebhookWithSecret = Type.Object({ ...members, secret: Secret }, { title: 'WebhookWithSecret' });
export type WebhookWithSecret = Static<typeof WebhookWithSecret>;

export const SecretRotation = Type.Object(
  {
    previousValidFor: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        default: 'P1D',
        description:
          'How long the present secret signs beside the new one, 30 days at the most; `PT0S` for one that others know',
        examples: ['PT1H'],
      }),
    ),
  },
  { ...closed, title: 'SecretRotation' },
);
export type SecretRotation = Static<typeof SecretRotation>;

export const WebhookTest = Type.Object({}, { ...closed, title: 'WebhookTest' });

export const Delivery = Type.Object(
  {
    id: uuid('UUIDv7'),
    eventId: uuid('Of the event; the `webhook-id` of every try'),
    type: Type.Enum([...EVENT_TYPES]),
    state: Type.Enum(['pending', 'delivered', 'dead'], { description: '`dead`: given up; see the replays' }),
    attempts: Type.Integer({ minimum: 0 }),
    createdAt: instant('When it was to be delivered'),
    nextAttemptAt: Type.Optional(instant('While it is pending')),
    lastAttemptAt: Type.Optional(instant('When it was tried last')),
    lastStatus: Type.Optional(Type.Integer({ description: 'With which your endpoint answered last' })),
    lastProblem: Type.Optional(
      Type.Enum([...SEND_PROBLEMS], { description: 'Why there was no answer the last time' }),
    ),
  },
  { title: 'WebhookDelivery' },
);
export type Delivery = Static<typeof Delivery>;
export const DeliveryPage = pageOf(Delivery);

export const DeliveriesQuery = Type.Object(
  {
    ...PageQuery.properties,
    state: Type.Optional(Type.Enum(['pending', 'delivered', 'dead'])),
  },
  closed,
);

export const Replay = Type.Object(
  { deliveryId: Type.Optional(uuid('Only this one; absent: all that are dead')) },
  { ...closed, title: 'Replay' },
);
export type Replay = Static<typeof Replay>;
export const Replayed = Type.Object(
  { count: Type.Integer({ minimum: 0, description: 'How many are pending again' }) },
  { title: 'Replayed' },
);
