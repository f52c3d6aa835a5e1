/**
 * The lifecycle of signing keys: published, signing, only verifying (shared/http/README.md, "Credentials"). Times are
 * ISO 8601.
 */

import { day, minute } from '../schema/time.ts';

type Key = {
  readonly generation: number;
  readonly created_at: string;
  readonly active_from: string;
  readonly retired_at?: string;
};

/** Milliseconds that a key is published before it signs: longer than any process caches its list of keys. */
const publication = 10 * minute;
/** Milliseconds between two keys. */
const rotationInterval = 90 * day;
/** Milliseconds of the longest token. */
const maxTokenTtl = 7 * day;

const later = (time: string, milliseconds: number): Date => new Date(Date.parse(time) + milliseconds);
const latest = (one: Date, other: Date): Date => (one > other ? one : other);

/** The key that signs at an instant: the newest active one, or the oldest if none is active yet. */
export function signingKeyAt<K extends Key>(keys: readonly K[], now: Date): K | undefined {
  const inOrder = keys.toSorted((one, other) => one.generation - other.generation);
  return inOrder.findLast((key) => key.active_from <= now.toISOString()) ?? inOrder[0];
}

/** Whether tokens of a key may still be valid. The last ones come from processes without its successor. */
export const mayStillVerify = ({ retired_at: retired }: Pick<Key, 'retired_at'>, now: Date): boolean =>
  retired === undefined || now < later(retired, maxTokenTtl + publication);

/**
 * The end of the signatures of a retired key (ISO 8601); null while it may sign. The last ones come from processes
 * without its successor.
 */
export const signsUntil = ({ retired_at: retired }: Pick<Key, 'retired_at'>): string | null =>
  retired === undefined ? null : later(retired, publication).toISOString();

export type RotationPlan<K extends Key> = {
  /** The next key, if it must sign earlier than planned. */
  readonly hastened: { readonly key: K; readonly activeFrom: Date } | undefined;
  /** Keys whose successor signs now. */
  readonly retired: readonly { readonly key: K; readonly successor: K }[];
  /** The key to make, so that there is always a next one. */
  readonly wanted: { readonly generation: number; readonly activeFrom: Date } | undefined;
};

/** The steps of a rotation, in their order; none without keys. @param atOnce whether the next key signs at once */
export function planRotation<K extends Key>(
  keys: readonly K[],
  now: Date,
  { atOnce }: { readonly atOnce: boolean },
): RotationPlan<K> {
  const current = signingKeyAt(keys, now);
  if (current === undefined) return { hastened: undefined, retired: [], wanted: undefined };
  const next = keys.find(({ generation }) => generation === current.generation + 1);
  const asSoonAsPublished = next === undefined ? undefined : latest(now, later(next.created_at, publication));
  const isEarlier =
    asSoonAsPublished !== undefined && next !== undefined && asSoonAsPublished.toISOString() < next.active_from;
  const retired = keys.flatMap((key) => {
    const successor = keys.find(({ generation }) => generation === key.generation + 1);
    return successor !== undefined && successor.generation <= current.generation && key.retired_at === undefined
      ? [{ key, successor }]
      : [];
  });
  return {
    hastened: atOnce && isEarlier ? { key: next, activeFrom: asSoonAsPublished } : undefined,
    retired,
    wanted:
      next !== undefined
        ? undefined
        : {
            generation: current.generation + 1,
            activeFrom: latest(
              atOnce ? now : later(current.active_from, rotationInterval),
              new Date(now.getTime() + publication),
            ),
          },
  };
}
