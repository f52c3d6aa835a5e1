/**
 * The stored form of CDRs and of the pointers by which lists find them: few attributes that hold JSON, so that lists of
 * thousands are read and counted quickly.
 */
import type { FiledCdr } from './filed-cdr.ts';

/** Fields that a pointer shares with its CDR. */
const sharedNames = [
  'id',
  'start_time',
  'shard',
  'call_id',
  'leg',
  'caller_party',
  'callee_party',
  'trunk_id',
  'user_id',
  'batch_id',
  'direction',
  'disposition',
  'duration',
] as const satisfies readonly (keyof FiledCdr)[];

type Shared = Pick<FiledCdr, (typeof sharedNames)[number]>;

/** The fields of a CDR that lists filter by. */
export type CdrPointer = Shared & { readonly rating_status: FiledCdr['rating']['status'] };

/** The order of a stored pointer's values. They are stored without names, which takes a third of the space. */
const pointerNames = [...sharedNames, 'rating_status'] as const satisfies readonly (keyof CdrPointer)[];

export const pointerTo = (cdr: FiledCdr): CdrPointer => ({
  id: cdr.id,
  start_time: cdr.start_time,
  shard: cdr.shard,
  call_id: cdr.call_id,
  leg: cdr.leg,
  caller_party: cdr.caller_party,
  callee_party: cdr.callee_party,
  trunk_id: cdr.trunk_id,
  user_id: cdr.user_id,
  batch_id: cdr.batch_id,
  direction: cdr.direction,
  disposition: cdr.disposition,
  duration: cdr.duration,
  rating_status: cdr.rating.status,
});

type Attributes = Readonly<Record<string, unknown>>;

const pointerText = (to: CdrPointer): string => JSON.stringify(pointerNames.map((name) => to[name]));

const parse = (text: unknown): unknown => JSON.parse(String(text));

/** The attributes of a stored pointer. */
export const storePointer = (to: CdrPointer): Attributes => ({ pointer: pointerText(to) });

/** The pointer of stored attributes, of a pointer or of a CDR. */
export function restorePointer({ pointer }: Attributes): CdrPointer {
  const values = parse(pointer) as readonly unknown[];
  return Object.fromEntries(pointerNames.map((name, at) => [name, values[at]])) as CdrPointer;
}

/**
 * Changes with every version of a CDR: with its content, the record that brought it, the revisions of its rating and of
 * its wholesale rating, its rank if that was raised, the number of times that later records have filled its fields, and
 * with the erasure of a person.
 */
export const stateOf = ({
  content_hash,
  received_as,
  promoted,
  origin,
  rating,
  updates,
  anonymous,
}: FiledCdr): string =>
  JSON.stringify([
    content_hash,
    received_as,
    rating.revision,
    rating.wholesale?.revision ?? 0,
    ...(promoted === true ? [origin] : []),
    ...(updates === undefined ? [] : [updates]),
    ...(anonymous === true ? ['anonymous'] : []),
  ]);

const isShared = (name: string): boolean => sharedNames.some((each) => each === name);

/** The attributes of a stored CDR. Lists by time read `pointer` only; changes are conditional on `state`. */
export const storeCdr = (cdr: FiledCdr): Attributes => ({
  pointer: pointerText(pointerTo(cdr)),
  state: stateOf(cdr),
  rest: JSON.stringify(Object.fromEntries(Object.entries(cdr).filter(([name]) => !isShared(name)))),
});

type Rest = Omit<FiledCdr, keyof Shared>;

/** Fields that CDRs lack which were stored before there were corrections. */
const uncorrected = { quality: null, record_revision: 1, void: false } as const;

/**
 * Fields that CDRs lack which were stored when times were cut to whole seconds: their content hash has the seconds that
 * they are charged for.
 */
const withoutMilliseconds = (duration: number, { answer_time, billable_seconds }: Rest) => ({
  start_ms: 0,
  answer_ms: answer_time === null ? null : 0,
  end_ms: 0,
  stated: { duration, billable_seconds },
});

/** The CDR of stored attributes. */
export function restoreCdr({ pointer, rest: text }: Attributes): FiledCdr {
  const values = parse(pointer) as readonly unknown[];
  const shared = Object.fromEntries(sharedNames.map((name, at) => [name, values[at]])) as Shared;
  const rest = parse(text) as Rest;
  return { ...uncorrected, ...withoutMilliseconds(shared.duration, rest), ...shared, ...rest };
}
