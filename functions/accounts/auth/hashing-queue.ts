/**
 * In what order strangers have passwords hashed (functions/accounts/auth/README.md, "Under attack"): few at once, one
 * of a network at a time, and a network's next attempt behind the first ones of all others.
 */

/** An attempt that waits for its hash, or has it. */
export type Ticket = {
  readonly network: string;
  /** Attempts of its network that were in the queue when it came. */
  readonly rank: number;
  /** Unix milliseconds after which it does not count: its process has died. */
  readonly until: number;
  readonly is_hashing: boolean;
};

/** By id. Ids ascend in the order of arrival. */
export type Tickets = Readonly<Record<string, Ticket>>;

export type QueueLimits = {
  /** Hashes at once, of all and of one network. */
  readonly atOnce: number;
  readonly ofNetwork: number;
  /** Attempts that wait; each holds an environment of the function, of which known names need some. */
  readonly waiting: number;
};

/** The rank of the next attempt of a network. */
export const rankIn = (tickets: Tickets, network: string): number =>
  Object.values(tickets).filter((ticket) => ticket.network === network).length;

/** Ids of those that wait: the first attempts of all networks, then their second ones, each in the order of arrival. */
const waitingIn = (tickets: Tickets): readonly string[] =>
  Object.entries(tickets)
    .filter(([, ticket]) => !ticket.is_hashing)
    .toSorted(([id, one], [otherId, other]) => one.rank - other.rank || (id < otherId ? -1 : 1))
    .map(([id]) => id);

/** What an attempt of the queue does now. */
export function turnOf(tickets: Tickets, id: string, limits: QueueLimits): 'hash' | 'wait' | 'leave' {
  const hashing = Object.values(tickets)
    .filter((ticket) => ticket.is_hashing)
    .map(({ network }) => network);
  let waiting = 0;
  for (const each of waitingIn(tickets)) {
    const network = tickets[each]?.network ?? '';
    const isNext =
      hashing.length < limits.atOnce && hashing.filter((other) => other === network).length < limits.ofNetwork;
    if (each === id && isNext) return 'hash';
    if (each === id) return waiting < limits.waiting ? 'wait' : 'leave';
    if (isNext) hashing.push(network);
    else waiting += 1;
  }
  return 'leave';
}
