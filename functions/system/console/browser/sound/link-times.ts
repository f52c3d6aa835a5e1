/** How long the answer with a link is used, in milliseconds: links end after 15 minutes. */
export const linkTimes = { staleTime: 5 * 60_000, refetchInterval: 10 * 60_000 } as const;
