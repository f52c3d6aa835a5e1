/** How a CDR and what points to it are stored: in few attributes, as texts, so that lists of thousands are quickly read and counted. */
import type { FiledCdr } from './filed-cdr.ts';

/** What a pointer and its CDR both say. Pointers hold the values in this order: a third of what they take with their names. */
const shared = [
  'id', 'start_time', 'shard', 'call_id', 'leg', 'caller_party', 'callee_party', 'trunk_id', 'user_id', 'batch_id', 'direction', 'disposition', 'duration',
] as const satisfies readonly (keyof FiledCdr)[];

/** What a pointer says of its CDR: all that lists filter by. */
export type CdrPointer = Pick<FiledCdr, (typeof shared)[number]> & { readonly rating_status: FiledCdr['rating']['status'] };

const namesOf = [...shared, 'rating_status'] as const satisfies readonly (keyof CdrPointer)[];

export const pointerTo = (cdr: FiledCdr): CdrPointer => ({
  id: cdr.id, start_time: cdr.start_time, shard: cdr.shard, call_id: cdr.call_id, leg: cdr.leg,
  caller_party: cdr.caller_party, callee_party: cdr.callee_party, trunk_id: cdr.trunk_id, user_id: cdr.user_id, batch_id: cdr.batch_id,
  direction: cdr.direction, disposition: cdr.disposition, duration: cdr.duration, rating_status: cdr.rating.status,
});

type Attributes = Readonly<Record<string, unknown>>;

const textOf = (to: CdrPointer): string => JSON.stringify(namesOf.map((name) => to[name]));

const parsed = (text: unknown): unknown => JSON.parse(String(text));

/** The attribute of pointers to calls whose parties are one: who looks for either party finds them twice. */
export const callsItself = 'itself';

export const storedPointer = (to: CdrPointer): Attributes =>
  ({ pointer: textOf(to), ...(to.caller_party === to.callee_party ? { [callsItself]: true } : {}) });

export function restoredPointer({ pointer }: Attributes): CdrPointer {
  const values = parsed(pointer) as readonly unknown[];
  return Object.fromEntries(namesOf.map((name, at) => [name, values[at]])) as CdrPointer;
}

/** What makes a CDR another than the one that was read: its content, who brought it, how often it was rated, and how often up the tree. */
export const stateOf = ({ content_hash, received_as, rating: { revision, wholesale } }: FiledCdr): string =>
  JSON.stringify([content_hash, received_as, revision, wholesale?.revision ?? 0]);

const isShared = (name: string): boolean => shared.some((each) => each === name);

/** `pointer` is what lists by time read of it, `state` what a change of it rests on. */
export const storedCdr = (cdr: FiledCdr): Attributes => ({
  pointer: textOf(pointerTo(cdr)),
  state: stateOf(cdr),
  rest: JSON.stringify(Object.fromEntries(Object.entries(cdr).filter(([name]) => !isShared(name)))),
});

export function restoredCdr({ pointer, rest }: Attributes): FiledCdr {
  const { rating_status: _, ...said } = restoredPointer({ pointer });
  return { ...said, ...parsed(rest) as Omit<FiledCdr, keyof typeof said> };
}
