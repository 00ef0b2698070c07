import { parseVcJwt, signingInputDigest } from './vcJwt.js';

export function signedDigestOf(secured: string): Buffer {
  const parsed = parseVcJwt(secured);
  if ('problem' in parsed) throw new TypeError('what was secured cannot be read');
  return signingInputDigest(parsed);
}
