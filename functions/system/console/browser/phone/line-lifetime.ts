/** Seconds that a line may live (functions/calls/README.md, "Phone lines"). */
const limits = { min: 60, max: 86_400 } as const;

type Ending = { /** ISO 8601. */ readonly expires_at: string };

/**
 * Seconds for which a line is made: as long as its session. A line that outlives it could not be ended by the page, and
 * would count as one of the person's phones until it ends.
 * @param now Unix milliseconds
 */
export const lifetimeOf = ({ expires_at: end }: Ending, now: number): number =>
  Math.min(Math.max(limits.min, Math.ceil((Date.parse(end) - now) / 1_000)), limits.max);
