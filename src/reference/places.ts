import { iso31661, iso31662 } from 'iso-3166';

/** Countries (ISO 3166-1) and their subdivisions (ISO 3166-2). */

/** Assigned by its users and not by ISO, and in general use: Kosovo. */
const USER_ASSIGNED = ['XK'];

const COUNTRIES: ReadonlySet<string> = new Set([...iso31661.map(({ alpha2 }) => alpha2), ...USER_ASSIGNED]);

let subdivisions: ReadonlyMap<string, string> | undefined;

export function isCountry(code: string): boolean {
  return COUNTRIES.has(code);
}

export function isSubdivision(code: string): boolean {
  subdivisions ??= new Map(iso31662.map((entry) => [entry.code, entry.name]));
  return subdivisions.has(code);
}

/** ISO 3166-1 alpha-2 or ISO 3166-2. */
export function isPlace(code: string): boolean {
  return code.includes('-') ? isSubdivision(code) : isCountry(code);
}

/** The country that a place is or lies in. */
export function countryOf(place: string): string {
  return place.slice(0, 2);
}

/** In English, as ISO has it; the code itself where there is none. */
export function countryName(code: string): string {
  return iso31661.find(({ alpha2 }) => alpha2 === code)?.name ?? (code === 'XK' ? 'Kosovo' : code);
}
