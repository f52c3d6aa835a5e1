import { join } from 'node:path';
import type { PromptName } from '#schema/prompt.ts';
import { announcementLanguages, type AnnouncementLanguage } from '#schema/recording-notice.ts';
import type { Sound } from '#schema/sound.ts';
import { promptTimes } from './prompt-times.ts';

/** Sounds of the platform, which each relay has in its folder (`functions/media-relay`). */

/** Something that the platform says in a language (`#schema/prompt.ts`). */
export type PromptSound = {
  readonly platform: 'prompt';
  readonly language: AnnouncementLanguage;
  readonly name: PromptName;
};

/** The beep before a recording, the tones of a digit (0-9, A-D, * and #), or a prompt. */
export type PlatformSound =
  | { readonly platform: 'beep' }
  | { readonly platform: 'digit'; readonly digit: string }
  | PromptSound;

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

/** @param name a `PromptName` */
export const promptFile = (language: AnnouncementLanguage, name: string): string =>
  join('prompts', language, `${name}.wav`);

/** Names of the prompts that a language has. */
export const promptsIn = (language: AnnouncementLanguage): readonly string[] =>
  Object.keys(promptTimes).filter((name) => timeOf(language, name) > 0);

/** Milliseconds of a prompt; 0: the language does not have it. */
const timeOf = (language: AnnouncementLanguage, name: string): number =>
  promptTimes[name]?.[announcementLanguages.indexOf(language)] ?? 0;

/** @returns its file in the folder, and its milliseconds */
export function platformFile(sound: PlatformSound): { readonly file: string; readonly milliseconds: number } {
  switch (sound.platform) {
    case 'beep':
      return { file: recordBeepFile, milliseconds: recordBeepTime };
    case 'digit':
      return { file: digitFile(sound.digit), milliseconds: digitTimes.tone + digitTimes.pause };
    case 'prompt':
      return { file: promptFile(sound.language, sound.name), milliseconds: timeOf(sound.language, sound.name) };
  }
}
