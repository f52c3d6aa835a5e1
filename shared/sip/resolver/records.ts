/**
 * What server selection asks the DNS for. A name without such records answers none; a rejection means that the DNS did
 * not answer.
 */
export type Resolver = {
  /** RFC 3403. */
  readonly naptr: (name: string) => Promise<readonly Naptr[]>;
  /** RFC 2782. */
  readonly srv: (name: string) => Promise<readonly Srv[]>;
  /** A and AAAA, in the order in which they are to be tried. */
  readonly addresses: (name: string) => Promise<readonly string[]>;
};

export type Naptr = {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
};
export type Srv = { readonly priority: number; readonly weight: number; readonly port: number; readonly name: string };

/** From 0 to below 1. */
export type Random = () => number;

/**
 * The order in which servers are tried (RFC 2782): by priority, and within one drawn by weight, those of no weight
 * seldom first. A target of `.` says that there is no such service.
 */
export function drawn(records: readonly Srv[], random: Random): readonly Srv[] {
  const left = records
    .filter(({ name }) => name !== '.' && name !== '')
    .sort((one, other) => one.priority - other.priority || one.weight - other.weight);
  const order: Srv[] = [];
  while (left.length > 0) {
    const priority = left[0]?.priority;
    const rivals = left.filter((each) => each.priority === priority);
    const point = Math.floor(random() * (rivals.reduce((sum, { weight }) => sum + weight, 0) + 1));
    let sum = 0;
    const at = rivals.findIndex(({ weight }) => (sum += weight) >= point);
    order.push(...left.splice(Math.max(at, 0), 1));
  }
  return order;
}

/** Order first, preference second (RFC 3403 §4.1); only records that lead to SRV (RFC 3263 §4.1). */
export const ordered = (records: readonly Naptr[]): readonly Naptr[] =>
  records
    .filter(({ flags }) => flags.toLowerCase() === 's')
    .sort((one, other) => one.order - other.order || one.preference - other.preference);
