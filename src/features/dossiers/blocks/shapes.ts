import { Type, type TObject, type TProperties, type TSchema } from 'typebox';

/** Shapes that stand in more than one block. No block takes what a profile's schema would refuse (`dossierFitsProfiles.test.ts`). */

/** One part of the dossier: a file here, a JSON Schema of its own, saved and checked together. */
export interface Block<Name extends string, Schema extends TSchema> {
  readonly name: Name;
  /** Of the published JSON Schema: a change of meaning is a new one. */
  readonly version: number;
  readonly schema: Schema;
  /** Holds data about persons: kept apart, sealed under the dossier's own key, and gone with it. */
  readonly isPersonal: boolean;
}

export function block<const Name extends string, Schema extends TSchema>(
  name: Name,
  schema: Schema,
  { version = 1, isPersonal = false } = {},
): Block<Name, Schema> {
  return { name, version, schema, isPersonal };
}

export function closed<Properties extends TProperties>(
  properties: Properties,
  options: { readonly title?: string; readonly description?: string } = {},
): TObject<Properties> {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** At least one character that can be seen. */
export function text(maxLength: number, description: string, example?: string) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: '\\S',
    description,
    ...(example === undefined ? {} : { examples: [example] }),
  });
}

export function optionalText(maxLength: number, description: string, example?: string) {
  return Type.Optional(text(maxLength, description, example));
}

export function date(description: string) {
  return Type.String({ format: 'date', description });
}

export function percent(description: string) {
  return Type.Number({ minimum: 0, maximum: 100, description });
}

/** At most as many people as there may ever be in a co-op. */
export function count(description: string) {
  return Type.Integer({ minimum: 0, maximum: 1_000_000_000, description });
}

export const country = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' });
export const currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217', examples: ['GBP'] });
