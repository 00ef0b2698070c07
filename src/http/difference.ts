import { Type } from 'typebox';

/** How two versions of a dossier are compared, over the wire. */

export const DifferenceQuery = Type.Object(
  {
    from: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_147_483_647,
        description: 'The older version; the one before when absent',
      }),
    ),
    to: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_147_483_647,
        description: 'The newer version; the latest when absent',
      }),
    ),
  },
  { additionalProperties: false },
);

export const MOST_DIFFERENCES = 1_000;

export const VersionDifference = Type.Object(
  {
    from: Type.Integer(),
    to: Type.Integer(),
    items: Type.Array(
      Type.Object({
        pointer: Type.String({
          description:
            'JSON Pointer into the newer version; of what was removed, into the older one. What changed inside of an item of a list is named by the item’s new place',
        }),
        change: Type.Enum(['added', 'removed', 'changed']),
        before: Type.Optional(Type.Unknown()),
        after: Type.Optional(Type.Unknown()),
        withheld: Type.Optional(
          Type.Literal(true, { description: 'About persons: the values stand in the dossier itself' }),
        ),
        checkNowStale: Type.Optional(
          Type.Literal(true, {
            description: 'A check of this field, made on the older version, does not stand on the newer one',
          }),
        ),
      }),
    ),
    truncated: Type.Boolean({ description: `Whether there are more than these ${MOST_DIFFERENCES}` }),
  },
  { title: 'VersionDifference' },
);
