/** Pointers of a shard, oldest first; with a cursor if there may be more. */
type ReadSlice = { readonly items: readonly { readonly minute: number }[]; readonly cursor: string | undefined };

/**
 * The minute before which a round leaves no pointer: a shard that goes on may hold more of its last minute.
 * @param bounds `from`: where the round began; `end`: the minute before which all is complete when every shard is
 */
export const markAfter = (
  round: readonly (ReadSlice | null)[],
  { from, end }: { readonly from: number; readonly end: number },
): number =>
  Math.min(end, ...round.flatMap((slice) => (slice?.cursor === undefined ? [] : [slice.items.at(-1)?.minute ?? from])));
