import { isLiveList, presentTargets, type BlfList } from '#schema/blf-list.ts';
import type { DeviceLine } from '#schema/device.ts';
import type { Vendor } from '../devices/vendor.ts';
import type { WatchingKey } from './configuration.ts';

/** The keys of a phone that watch extensions: its own `blf` lines, then those of its BLF list. */

/** A key of a list; `button` is the number that it should have. */
export type ListedKey = { readonly button: number; readonly extension: string; readonly label: string };

/** The keys of a list, if it is live. @param people the watched users as they are now */
export function listedKeys(
  list: BlfList | undefined,
  people: Parameters<typeof presentTargets>[1],
  now: Date,
): ListedKey[] {
  if (list === undefined || !isLiveList(list, now)) return [];
  return presentTargets(list.targets, people).flatMap(({ button, extension, display_name: label }) =>
    extension === null ? [] : [{ button, extension, label }],
  );
}

/** Keys that a format has; a list that is longer is cut, so that it never makes a phone's file impossible. */
const maxKeys: Readonly<Partial<Record<Vendor, number>>> = { grandstream: 7 };

/** The number itself, or the next one that no other line or key has. */
function freeNumber(wanted: number, taken: ReadonlySet<number>): number {
  let number = wanted;
  while (taken.has(number)) number += 1;
  return number;
}

/** All keys of a phone. A key of the list whose number a line has gets the next free one. */
export function watchingKeys(
  lines: readonly DeviceLine[],
  listed: readonly ListedKey[],
  vendor: Vendor,
): WatchingKey[] {
  const own = lines
    .filter(({ type }) => type === 'blf')
    .map(({ line_number: line, extension, label }) => ({ line, extension, label: label ?? extension }));
  const taken = new Set(lines.map(({ line_number: line }) => line));
  const room = Math.max(0, (maxKeys[vendor] ?? Infinity) - own.length);
  const added = listed.slice(0, room).map(({ button, ...key }) => {
    const line = freeNumber(button, taken);
    taken.add(line);
    return { ...key, line };
  });
  return [...own, ...added].map((key, position) => ({ ...key, at: position + 1 }));
}
