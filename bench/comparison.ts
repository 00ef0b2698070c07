type Eventually<Value> = Value | Promise<Value>;
/** `true`: accepted. Synchronous where the library is, so that nobody pays for a promise that it did not ask for. */
export type Verdict = Eventually<boolean>;

/** One way to do the job that a comparison is about. */
export interface Contestant {
  readonly name: string;
  /** What is timed. */
  readonly run: () => Eventually<unknown>;
  readonly acceptsGood: () => Verdict;
  readonly acceptsTampered: () => Verdict;
  /** How many times as fast as this one ours has to be; absent: shown and not judged. */
  readonly target?: number;
}

export interface Comparison {
  readonly title: string;
  readonly ours: Contestant;
  readonly others: readonly Contestant[];
}

export function verifying<Input>(
  name: string,
  accepts: (input: Input) => Verdict,
  { good, tampered }: { readonly good: Input; readonly tampered: Input },
  target?: number,
): Contestant {
  const run = () => accepts(good);
  const judged = target === undefined ? {} : { target };
  return { name, run, acceptsGood: run, acceptsTampered: () => accepts(tampered), ...judged };
}

export function issuing<Credential>(
  name: string,
  issue: () => Promise<Credential>,
  accepts: (credential: Credential) => Verdict,
  tamper: (credential: Credential) => Credential,
  target?: number,
): Contestant {
  const judged = target === undefined ? {} : { target };
  return {
    name,
    run: issue,
    acceptsGood: async () => accepts(await issue()),
    acceptsTampered: async () => accepts(tamper(await issue())),
    ...judged,
  };
}

/** For libraries that say no by throwing. */
export async function unlessThrown(verdict: () => Promise<boolean>): Promise<boolean> {
  try {
    return await verdict();
  } catch {
    return false;
  }
}
