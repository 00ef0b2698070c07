import type { Comparison, Contestant } from './comparison.js';

export interface Timing {
  readonly name: string;
  /** Median over the rounds. */
  readonly microseconds: number;
  /** How many times as fast ours is: the median of what it is in each round, within which the machine is as busy for both. */
  readonly ratio: number;
  readonly target?: number;
  readonly isMet: boolean;
}

export interface Report {
  readonly title: string;
  /** Ours first, with a ratio of 1. */
  readonly timings: readonly Timing[];
}

/** A verdict that came out wrong: what was timed is then worth nothing. */
export class WrongVerdict extends Error {}

/** Short, so that on a busy machine most slices are over before another process takes its turn, and the median is one of them. */
const SLICE_MICROSECONDS = 400;
const WARM_UP_MILLISECONDS = 300;

/** Times every contestant a slice a round, in a new order each time, and asserts all verdicts before and after. */
export async function measureComparison(
  { title, ours, others }: Comparison,
  rounds: number,
): Promise<Report> {
  const contestants = [ours, ...others];
  await assertVerdicts(title, contestants);
  const racers: { contestant: Contestant; times: number; slices: number[] }[] = [];
  for (const contestant of contestants) {
    const once = await warmUp(contestant);
    racers.push({ contestant, times: Math.max(1, Math.round(SLICE_MICROSECONDS / once)), slices: [] });
  }
  for (let round = 0; round < rounds; round++) {
    // Whoever came after the heaviest of them in every round would be timed with its caches.
    for (const { contestant, times, slices } of shuffle(racers)) {
      slices.push(await timeSlice(contestant, times));
    }
  }
  await assertVerdicts(title, contestants);
  const [ourSlices = [], ...slicesOfOthers] = racers.map(({ slices }) => slices);
  return {
    title,
    timings: [
      { name: ours.name, microseconds: medianOf(ourSlices), ratio: 1, isMet: true },
      ...others.map(({ name, target }, index): Timing => {
        const slices = slicesOfOthers[index] ?? [];
        const microseconds = medianOf(slices);
        const ratio = medianOf(slices.map((slice, round) => slice / (ourSlices[round] ?? NaN)));
        return target === undefined
          ? { name, microseconds, ratio, isMet: true }
          : { name, microseconds, ratio, target, isMet: ratio >= target };
      }),
    ],
  };
}

async function assertVerdicts(title: string, contestants: readonly Contestant[]): Promise<void> {
  for (const { name, acceptsGood, acceptsTampered } of contestants) {
    if (!(await acceptsGood())) throw new WrongVerdict(`${title}: ${name} refuses what is good`);
    if (await acceptsTampered()) throw new WrongVerdict(`${title}: ${name} accepts what was tampered with`);
  }
}

/** The microseconds of one run, once the engine has compiled it. */
async function warmUp(contestant: Contestant): Promise<number> {
  const end = performance.now() + WARM_UP_MILLISECONDS;
  let fastest = Infinity;
  while (performance.now() < end) fastest = Math.min(fastest, await timeSlice(contestant, 5));
  return fastest;
}

/** Microseconds a run, after some that are not timed: whoever went before has filled the processor's caches with its own. */
async function timeSlice(contestant: Contestant, times: number): Promise<number> {
  await repeat(contestant, times + 2);
  const start = process.hrtime.bigint();
  await repeat(contestant, times);
  return Number(process.hrtime.bigint() - start) / 1000 / times;
}

async function repeat({ run }: Contestant, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
}

function shuffle<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
