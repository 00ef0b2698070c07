import { STATUS_CODES } from 'node:http';

type Node = Record<string, unknown>;

/** The part of an OpenAPI document that is worked on here. */
interface ApiDocument {
  readonly paths?: object;
  readonly components?: { readonly schemas?: object };
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
/** What stands below these is data, in which `title` has no meaning for us. */
const DATA = new Set(['const', 'default', 'enum', 'example', 'examples']);

/**
 * Makes the generated document one that can be read and compared: paths in alphabetical order whatever the order of registration, each
 * schema that has a `title` once, under that name in the components, and for each status its reason phrase where a route says no more.
 * Throws when two different schemas have the same title.
 */
export function tidyApiDocument<Document extends ApiDocument>(document: Document): Document {
  const named = new Map<string, Node>(
    Object.entries((document.components?.schemas ?? {}) as Record<string, Node>),
  );
  const paths = Object.entries(document.paths ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, item]) => [path, tidyPath(nameSchemas(item, named) as Node)]);
  return {
    ...document,
    components: {
      ...document.components,
      schemas: Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    paths: Object.fromEntries(paths) as object,
  };
}

function nameSchemas(value: unknown, named: Map<string, Node>): unknown {
  if (Array.isArray(value)) return value.map((item) => nameSchemas(item, named));
  if (typeof value !== 'object' || value === null) return value;
  const schema: Node = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, DATA.has(key) ? member : nameSchemas(member, named)]),
  );
  const { title } = schema;
  if (typeof title !== 'string') return schema;
  const known = named.get(title);
  if (known && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(`two different schemas are called ${title}`);
  }
  named.set(title, schema);
  return { $ref: `#/components/schemas/${title}` };
}

function tidyPath(item: Node): Node {
  const operations = METHODS.filter((method) => method in item).map((method): [string, unknown] => {
    const operation = item[method] as { responses: Record<string, Node> };
    const responses = Object.entries(operation.responses).map(([status, response]) => [
      status,
      response['description'] === 'Default Response'
        ? { ...response, description: STATUS_CODES[status] ?? status }
        : response,
    ]);
    return [method, { ...operation, responses: Object.fromEntries(responses) as unknown }];
  });
  return Object.fromEntries(operations);
}
