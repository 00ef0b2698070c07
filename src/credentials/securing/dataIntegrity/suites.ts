import type { Cryptosuite } from './cryptosuite.js';
import { ecdsaJcs2019 } from './ecdsaJcs2019.js';
import { ecdsaRdfc2019 } from './ecdsaRdfc2019.js';
import { ecdsaSd2023 } from './ecdsaSd2023.js';
import { eddsaJcs2022 } from './eddsaJcs2022.js';
import { eddsaRdfc2022 } from './eddsaRdfc2022.js';

export const CRYPTOSUITES: readonly Cryptosuite[] = [
  eddsaRdfc2022,
  eddsaJcs2022,
  ecdsaRdfc2019,
  ecdsaJcs2019,
  ecdsaSd2023,
];

export function findCryptosuite(name: string): Cryptosuite | undefined {
  return CRYPTOSUITES.find((suite) => suite.name === name);
}
