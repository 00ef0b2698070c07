/** An issuer instance for every test suite that there is, by the name under which it is found in what is printed. */
export interface ConformanceIssuer {
  readonly format: 'vc' | 'vc+jwt' | 'vc+sd-jwt';
  readonly cryptosuite?: string;
  readonly keyType: 'Ed25519' | 'P-256' | 'P-384';
  readonly did: 'key' | 'web';
  readonly statusList: boolean;
}

const proofs = (
  cryptosuite: string,
  keyType: ConformanceIssuer['keyType'],
  others: Partial<ConformanceIssuer> = {},
): ConformanceIssuer => ({ format: 'vc', cryptosuite, keyType, did: 'key', statusList: false, ...others });

const tokens = (
  format: 'vc+jwt' | 'vc+sd-jwt',
  keyType: ConformanceIssuer['keyType'],
): ConformanceIssuer => ({ format, keyType, did: 'key', statusList: false });

export const CONFORMANCE_ISSUERS: Readonly<Record<string, ConformanceIssuer>> = {
  'eddsa-rdfc-2022': proofs('eddsa-rdfc-2022', 'Ed25519'),
  'eddsa-jcs-2022': proofs('eddsa-jcs-2022', 'Ed25519'),
  'ecdsa-rdfc-2019-P-256': proofs('ecdsa-rdfc-2019', 'P-256'),
  'ecdsa-rdfc-2019-P-384': proofs('ecdsa-rdfc-2019', 'P-384'),
  'ecdsa-jcs-2019-P-256': proofs('ecdsa-jcs-2019', 'P-256'),
  'ecdsa-jcs-2019-P-384': proofs('ecdsa-jcs-2019', 'P-384'),
  'ecdsa-sd-2023': proofs('ecdsa-sd-2023', 'P-256'),
  'status-list': proofs('eddsa-rdfc-2022', 'Ed25519', { statusList: true }),
  'did-web': proofs('eddsa-rdfc-2022', 'Ed25519', { did: 'web' }),
  'vc+jwt': tokens('vc+jwt', 'P-256'),
  'vc+jwt-P-384': tokens('vc+jwt', 'P-384'),
  'vc+jwt-Ed25519': tokens('vc+jwt', 'Ed25519'),
  'vc+sd-jwt': tokens('vc+sd-jwt', 'P-256'),
};
