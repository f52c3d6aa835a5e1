/** What a run of a consumer takes of its messages: as much as it can finish in the time that is left. */

/** How many items a function handles per second, learned from its runs. One for each execution environment. */
export type Pace = {
  readonly itemsIn: (milliseconds: number) => number;
  readonly learn: (items: number, milliseconds: number) => void;
};

/** The pace before the first run is slow: what is too little in a run costs a message's way through a queue only. */
const firstPace = 200;
/** At a slower pace time is not the problem. It must recover from one slow run. */
const slowest = 20;
/** In a run with fewer items the reads before the first one count most, so that it may not lower the pace. */
const fewItems = 50;

export function learnedPace(): Pace {
  let perSecond = firstPace;
  return {
    itemsIn: (milliseconds) => (perSecond * Math.max(0, milliseconds)) / 1_000,
    learn: (items, milliseconds) => {
      const observed = (items * 1_000) / Math.max(1, milliseconds);
      if (items >= fewItems || observed > perSecond) perSecond = Math.max(slowest, (perSecond + observed) / 2);
    },
  };
}

/** A message with its number of items, and the group whose messages share what a run gives to a group. */
export type Weighed = { readonly items: number; readonly group: string };

/** Items for a run, and of one group in it. */
export type Budget = { readonly ofRun: number; readonly ofGroup: number };

/**
 * Takes messages until the budget is used up, in turn from each group, so that many messages of one group do not keep
 * out those of others. At least one message is taken: a run must make progress.
 */
export function takeWithin<M extends Weighed>(
  messages: readonly M[],
  budget: Budget,
): { readonly taken: readonly M[]; readonly rest: readonly M[] } {
  const waiting = [...Map.groupBy(messages, ({ group }) => group).values()].map((own) => ({ own, used: 0 }));
  const taken = new Set<M>();
  let used = 0;
  const takeNext = (of: (typeof waiting)[number]): boolean => {
    const next = of.own.shift();
    if (next === undefined) return false;
    const fits = used + next.items <= budget.ofRun && of.used + next.items <= budget.ofGroup;
    if (!fits && taken.size > 0) return false;
    taken.add(next);
    used += next.items;
    of.used += next.items;
    return true;
  };
  for (let open = waiting; open.length > 0;) open = open.filter(takeNext);
  return { taken: [...taken], rest: messages.filter((message) => !taken.has(message)) };
}
