/** The life of a signing key: published, in use, still verifying (auth.md, "Keys"). Times are ISO 8601. */

type Key = {
  readonly generation: number;
  readonly created_at: string;
  readonly active_from: string;
  readonly retired_at?: string;
};

const minute = 60_000;
const day = 24 * 60 * minute;

/** Milliseconds for which a key is published before it signs: longer than any process keeps its list of keys. */
const publication = 10 * minute;
/** Milliseconds between two keys, and of the longest-lived token. */
const defaultLife = 90 * day;
const longestTokenLife = 7 * day;

const later = (time: string, milliseconds: number): Date => new Date(Date.parse(time) + milliseconds);
const latest = (one: Date, other: Date): Date => (one > other ? one : other);

/** The key that signs at an instant: the newest that is active. Of keys that are all still to come, the oldest. */
export function signingKeyAt<K extends Key>(keys: readonly K[], now: Date): K | undefined {
  const inOrder = keys.toSorted((one, other) => one.generation - other.generation);
  return inOrder.findLast((key) => key.active_from <= now.toISOString()) ?? inOrder[0];
}

/** Whether a token may live that the key signed; the last are of processes that had not heard of the next key yet. */
export const mayStillVerify = ({ retired_at: retired }: Pick<Key, 'retired_at'>, now: Date): boolean =>
  retired === undefined || now < later(retired, longestTokenLife + publication);

export type RotationPlan<K extends Key> = {
  /** The next key, which is to sign earlier than was thought. */
  readonly hastened: { readonly key: K; readonly activeFrom: Date } | undefined;
  /** Keys that sign no longer since their successor does. */
  readonly retired: readonly { readonly key: K; readonly successor: K }[];
  /** A key to be made, so that there always is a next one. */
  readonly wanted: { readonly generation: number; readonly activeFrom: Date } | undefined;
};

/** What has to be done about the keys just now, one after the other; nothing where there are none yet. */
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
              atOnce ? now : later(current.active_from, defaultLife),
              new Date(now.getTime() + publication),
            ),
          },
  };
}
