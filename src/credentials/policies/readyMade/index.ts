import { creditOrHousingPartner } from './creditOrHousingPartner.js';
import { federationEligibility } from './federationEligibility.js';
import type { ReadyMadePolicy } from './readyMadePolicy.js';
import { regulatedEntity } from './regulatedEntity.js';
import { simpleTrade } from './simpleTrade.js';

export type { ReadyMadePolicy } from './readyMadePolicy.js';

/** From the least demanding to the most; the last one asks another question. */
export const READY_MADE_POLICIES: readonly ReadyMadePolicy[] = [
  simpleTrade,
  creditOrHousingPartner,
  regulatedEntity,
  federationEligibility,
];
