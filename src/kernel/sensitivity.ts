/** How much is at stake when a field of a dossier is shown to somebody: what anybody can look up, what is the co-op's own, what is about persons. */
export const SENSITIVITIES = ['public', 'internal', 'personal'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

/** Of several, the one that weighs most. */
export function highestSensitivity(all: readonly Sensitivity[]): Sensitivity {
  return SENSITIVITIES.findLast((one) => all.includes(one)) ?? 'public';
}
