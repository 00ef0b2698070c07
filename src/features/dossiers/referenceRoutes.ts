import { Type } from 'typebox';
import { JURISDICTION_PATTERN } from '../../credentials/profiles/subjectSchemas.js';
import type { Server } from '../../http/server.js';
import { invalidField } from '../../kernel/errors.js';
import { searchLegalForms } from '../../reference/legalForms.js';

/** The public lists that one fills in a dossier from; they are the same for everybody, and change with a release. */

const LegalForm = Type.Object(
  {
    code: Type.String({ description: 'ISO 20275', examples: ['XLZV'] }),
    country: Type.Optional(
      Type.String({
        description: 'ISO 3166-1; absent from the two codes that stand for "none" and "not listed yet"',
      }),
    ),
    subdivision: Type.Optional(
      Type.String({ description: 'ISO 3166-2, where it is a form of a part of the country' }),
    ),
    names: Type.Array(
      Type.Object({
        name: Type.String({ description: 'In the local language' }),
        language: Type.Optional(Type.String({ description: 'ISO 639-1' })),
        transliteratedName: Type.Optional(Type.String({ description: 'In Latin letters' })),
        abbreviations: Type.Optional(Type.Array(Type.String())),
      }),
    ),
    status: Type.Enum(['active', 'inactive']),
    isCooperative: Type.Boolean({
      description: 'Whether it is a form of co-operatives, by our own reading of the list',
    }),
  },
  { title: 'LegalForm' },
);

const LegalFormQuery = Type.Object(
  {
    country: Type.Optional(
      Type.String({
        pattern: JURISDICTION_PATTERN,
        description:
          'ISO 3166-1; or a subdivision (ISO 3166-2), which has its own forms and those of its country',
      }),
    ),
    q: Type.Optional(
      Type.String({
        maxLength: 100,
        description:
          'Words of a name in the local language or in Latin letters, or an abbreviation or code; case and accents do not matter',
      }),
    ),
    cooperative: Type.Optional(
      Type.Boolean({ description: 'Only those that are, or are not, co-operative' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    after: Type.Optional(Type.String({ pattern: '^[A-Z0-9]{4}$', description: '`next` of the page before' })),
  },
  { additionalProperties: false },
);

export function addReferenceRoutes(server: Server): void {
  server.get(
    '/v1/legal-forms',
    {
      config: { access: { kind: 'public' } },
      schema: {
        operationId: 'listLegalForms',
        tags: ['dossier'],
        summary: 'Legal forms (ISO 20275), and which of them are co-operative',
        description: "GLEIF's ELF code list v1.5: by country, those in use first.",
        querystring: LegalFormQuery,
        response: {
          200: Type.Object(
            {
              items: Type.Array(LegalForm),
              next: Type.Optional(
                Type.String({ description: 'Give it as `after` for the next page; absent on the last' }),
              ),
            },
            { title: 'LegalFormPage' },
          ),
        },
      },
    },
    async (request, reply) => {
      const { country, q, cooperative, limit = 20, after } = request.query;
      const found = searchLegalForms({
        ...(country === undefined ? {} : { place: country }),
        ...(q === undefined ? {} : { words: q }),
        ...(cooperative === undefined ? {} : { isCooperative: cooperative }),
      });
      const last = after === undefined ? -1 : found.findIndex(({ code }) => code === after);
      if (after !== undefined && last < 0)
        throw invalidField('/querystring/after', 'is not `next` of a page of this list');
      const items = found.slice(last + 1, last + 1 + limit);
      const next = found.length > last + 1 + limit ? items.at(-1)?.code : undefined;
      return reply
        .header('cache-control', 'public, max-age=86400')
        .send({ items, ...(next === undefined ? {} : { next }) } as never);
    },
  );
}
