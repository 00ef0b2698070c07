import { isJsonObject } from '../../kernel/strictJson.js';

/** Reading what may be anything: what is not of the kind counts as not there. */

export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : NOTHING;
}

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : NONE;
}

const NONE: readonly unknown[] = Object.freeze([]);

export function textsIn(value: unknown): readonly string[] {
  return listIn(value).filter((item) => typeof item === 'string');
}
