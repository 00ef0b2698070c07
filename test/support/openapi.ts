import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import type { Server } from '../../src/http/server.js';
import type { Answer } from './api.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- the document is read as it is */

interface Operation {
  readonly pattern: RegExp;
  readonly method: string;
  readonly responses: Record<string, any>;
}

let operations: readonly Operation[] | undefined;
const validators = new Map<object, ValidateFunction>();
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);

/** The contract as it is committed; what the running server would generate is compared with it by `npm run check`. */
function readOperations(): readonly Operation[] {
  const document = parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'));
  ajv.addSchema({ $id: 'openapi', components: document.components });
  return Object.entries<any>(document.paths).flatMap(([path, item]) =>
    Object.entries<any>(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      pattern: new RegExp(
        `^${path
          .replaceAll(/[.+?^$()|[\]\\]/g, '\\$&')
          .replaceAll(/\{\*\}|\*/g, '.+')
          .replaceAll(/\{[^}]+\}/g, '[^/]+')}$`,
      ),
      responses: operation.responses,
    })),
  );
}

/** Throws when an answer is not one that openapi.yaml describes for this operation, status and media type. */
export function checkAgainstOpenApi(server: Server, method: string, url: string, answer: Answer): void {
  operations ??= readOperations();
  const path = url.split('?')[0] ?? '';
  const operation = operations.find(
    (candidate) => candidate.method === method && candidate.pattern.test(path),
  );
  if (!operation) {
    if (!server.hasRoute({ method: method, url: path })) return;
    throw new Error(`${method} ${path} is not in openapi.yaml: run npm run openapi`);
  }
  const family = `${String(answer.status)[0]}XX`;
  const response = operation.responses[String(answer.status)] ?? operation.responses[family];
  if (!response)
    throw new Error(`${method} ${path} answered ${answer.status}, which openapi.yaml does not describe`);
  const mediaType = (answer.headers['content-type'] ?? '').split(';')[0] ?? '';
  if (!response.content) {
    if (answer.text !== '')
      throw new Error(
        `${method} ${path} answered ${answer.status} with a body that openapi.yaml does not describe`,
      );
    return;
  }
  const content = response.content[mediaType] ?? response.content['application/octet-stream'];
  if (!content)
    throw new Error(
      `${method} ${path} answered ${answer.status} as "${mediaType}", which openapi.yaml does not describe`,
    );
  if (!/json/.test(mediaType)) return;
  const validate = validatorOf(content.schema);
  if (!validate(answer.body)) {
    throw new Error(
      `${method} ${path} answered ${answer.status} against openapi.yaml: ${ajv.errorsText(validate.errors)}`,
    );
  }
}

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/'));
  const validate = ajv.compile(local);
  validators.set(schema, validate);
  return validate;
}
