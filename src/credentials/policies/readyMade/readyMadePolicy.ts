import type { PolicyRule } from '../policy.js';

/** A policy to copy and change; nobody is bound by it as it stands here. */
export interface ReadyMadePolicy {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly rules: readonly PolicyRule[];
}
