/** DNS queries of server selection. A name without records yields an empty list; a rejection means no DNS answer. */
export type Resolver = {
  /** RFC 3403. */
  readonly naptr: (name: string) => Promise<readonly Naptr[]>;
  /** RFC 2782. */
  readonly srv: (name: string) => Promise<readonly Srv[]>;
  /** A and AAAA, in the order in which to try them. */
  readonly addresses: (name: string) => Promise<readonly string[]>;
};

/** A NAPTR record (RFC 3403 §4.1). */
export type Naptr = {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
};
/** An SRV record (RFC 2782). */
export type Srv = { readonly priority: number; readonly weight: number; readonly port: number; readonly name: string };

/** Draws a number from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/**
 * The order in which to try servers (RFC 2782): by priority, and within a priority drawn by weight, where those of
 * weight 0 rarely come first. The target `.` means that the service does not exist.
 */
export function orderByWeight(records: readonly Srv[], random: Random): readonly Srv[] {
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

/** By order, then by preference (RFC 3403 §4.1). Only records whose replacement is an SRV name (RFC 3263 §4.1). */
export const orderNaptr = (records: readonly Naptr[]): readonly Naptr[] =>
  records
    .filter(({ flags }) => flags.toLowerCase() === 's')
    .sort((one, other) => one.order - other.order || one.preference - other.preference);
