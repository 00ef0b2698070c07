import { Type, type Static, type TSchema } from 'typebox';

/** Lists are read a page at a time: `after` is the id of the last item seen, `next` the one to go on from. */
export const PageQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'How many at the most' }),
    ),
    after: Type.Optional(Type.String({ format: 'uuid', description: '`next` of the page before' })),
  },
  { additionalProperties: false },
);
export type PageQuery = Static<typeof PageQuery>;

export interface Page<Item> {
  readonly items: Item[];
  readonly next?: string;
}

export function pageOf<Item extends TSchema>(item: Item) {
  const { title } = item as { title?: string };
  return Type.Object(
    {
      items: Type.Array(item),
      next: Type.Optional(
        Type.String({
          format: 'uuid',
          description: 'Give it as `after` for the next page; absent on the last',
        }),
      ),
    },
    title === undefined ? {} : { title: `${title}Page` },
  );
}

export interface PageRequest {
  readonly limit: number;
  readonly after?: string;
}

export function toPageRequest(query: PageQuery): PageRequest {
  return { limit: query.limit ?? 20, ...(query.after === undefined ? {} : { after: query.after }) };
}

/** From one row more than the page holds, which shows whether there is another page. */
export function toPage<Row extends { id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(toItem), ...(rows.length > limit && last ? { next: last.id } : {}) };
}
