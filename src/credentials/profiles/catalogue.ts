import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { isUrl, listOf, typesOf, type Credential, type CredentialV1, type Problem } from '../dataModel.js';
import { isFullDate, parseDateTimeStamp } from '../dateTimeStamp.js';
import { FORMER_PROFILES, PROFILES } from './index.js';
import type { Profile } from './profile.js';
import { contextUrl, partialProfileSchema, profileContext, profileSchema, schemaUrl } from './publication.js';

/** The profiles of one installation, their schemas compiled once. */
export interface ProfileCatalogue {
  readonly publicUrl: string;
  /** Those that are issued, in their newest version. */
  readonly profiles: readonly Profile[];
  /** Every version that was ever released. */
  readonly published: readonly Profile[];
  /** The profiles whose type a credential claims, in the version whose schema it names, else the newest: none for a foreign one. */
  claimedBy(credential: Credential | CredentialV1): readonly Profile[];
  schemaUrlOf(profile: Profile): string;
  /** The profile whose schema stands at this URL. */
  ofSchema(schemaId: string): Profile | undefined;
  /**
   * What in a credential, of either version of the data model, contradicts the profile's whole-credential schema; empty when it conforms. The first contradiction only. `isPartial`:
   * of the subject something may have been kept back, so that nothing is missed in it.
   */
  violations(
    profile: Profile,
    credential: unknown,
    options?: { readonly isPartial: boolean },
  ): readonly Problem[];
}

export function createProfileCatalogue(publicUrl: string): ProfileCatalogue {
  const ajv = new Ajv2020({ strict: true, allErrors: false, validateFormats: true });
  ajv.addFormat('date', isFullDate);
  ajv.addFormat('date-time', (value: string) => parseDateTimeStamp(value) !== undefined);
  ajv.addFormat('uri', isUrl);
  ajv.addFormat('json-pointer', /^(?:\/(?:[^~/]|~[01])*)*$/);
  const published = [...PROFILES, ...FORMER_PROFILES];
  // Compiled when first asked for: it takes longer than anything else at start, and many never ask.
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = (profile: Profile, makeSchema: typeof profileSchema): ValidateFunction => {
    if (!published.includes(profile)) throw new TypeError(`not a profile of this catalogue: ${profile.type}`);
    const key = `${makeSchema.name} ${profile.type} ${profile.version}`;
    const validate = compiled.get(key) ?? ajv.compile(makeSchema(profile, publicUrl));
    compiled.set(key, validate);
    return validate;
  };
  return {
    publicUrl,
    profiles: PROFILES,
    published,
    claimedBy: (credential) => {
      const types = typesOf(credential);
      const named = listOf(credential.credentialSchema).map(({ id }) => id);
      return PROFILES.filter(({ type }) => types.includes(type)).map(
        (newest) =>
          published.find(
            (profile) => profile.type === newest.type && named.includes(schemaUrl(profile, publicUrl)),
          ) ?? newest,
      );
    },
    schemaUrlOf: (profile) => schemaUrl(profile, publicUrl),
    ofSchema: (schemaId) => published.find((profile) => schemaUrl(profile, publicUrl) === schemaId),
    violations: (profile, credential, { isPartial } = { isPartial: false }) => {
      const validate = validatorOf(profile, isPartial ? partialProfileSchema : profileSchema);
      if (validate(credential)) return [];
      return (validate.errors ?? []).map(({ instancePath, message }) => ({
        pointer: instancePath,
        detail: message ?? 'does not conform',
      }));
    },
  };
}

/** The JSON-LD contexts of the profiles by URL, for a catalogue of contexts. */
export function publishedContexts({ published, publicUrl }: ProfileCatalogue): ReadonlyMap<string, unknown> {
  return new Map(
    published.map((profile) => [contextUrl(profile, publicUrl), profileContext(profile, publicUrl)]),
  );
}
