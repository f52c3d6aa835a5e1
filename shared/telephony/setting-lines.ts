import type { CallHandling } from './call-handling.ts';
import type { Schedule } from './schedule.ts';

/** Settings that keys of phones may watch, and switch (functions/sip-sidecar/line-states/README.md). */

/** What such a key shows: a setting of the user of its phone, or a schedule of the organization. */
export type SettingLine =
  | { readonly setting: 'dnd' | 'forward' }
  | { readonly setting: 'schedule'; readonly schedule: string };

const schedule = /^schedule\/([a-z0-9_]{1,64})$/i;

/** The setting that a key names, or dials; undefined: it is another line. */
export function settingOfLine(dialed: string): SettingLine | undefined {
  if (dialed === 'dnd' || dialed === 'forward') return { setting: dialed };
  const id = schedule.exec(dialed)?.[1];
  return id === undefined ? undefined : { setting: 'schedule', schedule: id };
}

/**
 * Whether a user forwards calls as codes let it. A forward of calls that reach no phone is a fallback, and no code sets
 * it.
 */
export const isForwarding = ({ forward: { always, busy, no_answer } }: Pick<CallHandling, 'forward'>): boolean =>
  [always, busy, no_answer].some((to) => to !== null);

/** Whether the night switch of a schedule is on. */
export const isSwitchedOff = ({ override }: Pick<Schedule, 'override'>): boolean => override === 'closed';
