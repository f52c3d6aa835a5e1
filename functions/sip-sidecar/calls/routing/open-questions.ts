/** Asks, unless as many calls of the organization wait for answers as may. @returns undefined: it does not ask */
export type AskLimited = <Answer>(organization: number, ask: () => Promise<Answer>) => Promise<Answer | undefined>;

/** Limits what the calls of an organization wait for at once: those of one must leave functions for others. */
export function limitOpen(max: number): AskLimited {
  const open = new Map<number, number>();
  const count = (organization: number, by: 1 | -1): void => {
    const after = (open.get(organization) ?? 0) + by;
    if (after === 0) open.delete(organization);
    else open.set(organization, after);
  };
  return async (organization, ask) => {
    if ((open.get(organization) ?? 0) >= max) return undefined;
    count(organization, 1);
    try {
      return await ask();
    } finally {
      count(organization, -1);
    }
  };
}
