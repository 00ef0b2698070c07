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

/** What every contestant takes in turn, so that nobody is timed on a credential that it has just seen; and each of them tampered with. */
export interface Samples<Input> {
  readonly good: readonly Input[];
  readonly tampered: readonly Input[];
}

export function verifying<Input>(
  name: string,
  accepts: (input: Input) => Verdict,
  { good, tampered }: Samples<Input>,
  target?: number,
): Contestant {
  const judged = target === undefined ? {} : { target };
  return {
    name,
    run: inTurn(good, accepts),
    acceptsGood: async () => !(await judgeEach(good, accepts)).includes(false),
    acceptsTampered: async () => (await judgeEach(tampered, accepts)).includes(true),
    ...judged,
  };
}

export function issuing<Input, Credential>(
  name: string,
  inputs: readonly Input[],
  issue: (input: Input) => Promise<Credential>,
  accepts: (credential: Credential) => Verdict,
  tamper: (credential: Credential) => Credential,
  target?: number,
): Contestant {
  const judged = target === undefined ? {} : { target };
  return {
    name,
    run: inTurn(inputs, issue),
    acceptsGood: async () =>
      !(await judgeEach(inputs, async (input) => accepts(await issue(input)))).includes(false),
    acceptsTampered: async () =>
      (await judgeEach(inputs, async (input) => accepts(tamper(await issue(input))))).includes(true),
    ...judged,
  };
}

function inTurn<Input, Result>(inputs: readonly Input[], use: (input: Input) => Result): () => Result {
  let turn = 0;
  return () => use(inputs[turn++ % inputs.length] as Input);
}

async function judgeEach<Input>(
  inputs: readonly Input[],
  accepts: (input: Input) => Verdict,
): Promise<readonly boolean[]> {
  const verdicts: boolean[] = [];
  for (const input of inputs) verdicts.push(await accepts(input));
  return verdicts;
}

/** For libraries that say no by throwing. */
export async function unlessThrown(verdict: () => Promise<boolean>): Promise<boolean> {
  try {
    return await verdict();
  } catch {
    return false;
  }
}
