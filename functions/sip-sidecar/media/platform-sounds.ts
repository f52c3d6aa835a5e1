import type { Sound } from '#schema/sound.ts';

/** Sounds of the platform, which each relay has in its folder (`functions/media-relay`). */

/** The beep before a recording, or the tones of a digit: 0-9, A-D, * and #. */
export type PlatformSound = { readonly platform: 'beep' } | { readonly platform: 'digit'; readonly digit: string };

/** A sound of an organization, or one of the platform. */
export type PlayedSound = Sound | PlatformSound;

/** Digits that have a tone (ITU-T Q.23). */
export const toneDigits = '0123456789ABCD*#';

/** Milliseconds of a tone, and of the silence after it. */
export const digitTimes = { tone: 100, pause: 100 } as const;

/** Milliseconds of the beep before a recording. */
export const recordBeepTime = 400;
export const recordBeepFile = 'record-beep.wav';

/** The name of a file cannot have `*`. */
export const digitFile = (digit: string): string => `digit-${toneDigits.indexOf(digit)}.wav`;

/** @returns name of its file in the folder, and its milliseconds */
export const platformFile = (sound: PlatformSound): { readonly file: string; readonly milliseconds: number } =>
  sound.platform === 'beep'
    ? { file: recordBeepFile, milliseconds: recordBeepTime }
    : { file: digitFile(sound.digit), milliseconds: digitTimes.tone + digitTimes.pause };
