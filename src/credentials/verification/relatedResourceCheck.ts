import { BUNDLED_CONTEXTS } from '../contexts/catalogue.js';
import {
  checkDigests,
  listOf,
  type Credential,
  type CredentialV1,
  type ResourceDigests,
} from '../dataModel.js';
import type { CheckCode } from './checks.js';

/**
 * VC Data Model 2.0 §5.3: a digest that does not fit what it is given for is an error. Compared are the contexts, which are the resources that are
 * used here; nothing is fetched, and what nobody reads from elsewhere is not vouched for by its digest.
 */
export function judgeRelatedResources(credential: Credential | CredentialV1): CheckCode {
  const resources = 'relatedResource' in credential ? listOf(credential.relatedResource) : [];
  for (const resource of resources) {
    const text = BUNDLED_CONTEXTS.get(resource.id);
    const digests: ResourceDigests = {
      digestSRI: resource['digestSRI'],
      digestMultibase: resource['digestMultibase'],
    };
    if (text !== undefined && checkDigests(Buffer.from(text), digests) === 'mismatch') {
      return 'format/related-resource-changed';
    }
  }
  return 'format/well-formed';
}
