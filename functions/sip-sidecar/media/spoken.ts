import {
  maxSpokenNumber,
  spokenMonths,
  spokenWeekdays,
  type Phrase,
  type PromptName,
  type SpokenWord,
} from '#schema/prompt.ts';
import type { AnnouncementLanguage } from '#schema/recording-notice.ts';
import { day as dayLength } from '#schema/time.ts';
import { wallTimeOf } from '#schema/wall-clock.ts';
import { platformFile, type PromptSound } from './platform-sounds.ts';

/** What is said of numbers and times, as prompts one after the other. */

/** The sounds of prompts in a language. */
export const promptSounds = (language: AnnouncementLanguage, names: readonly PromptName[]): readonly PromptSound[] =>
  names.map((name) => ({ platform: 'prompt', language, name }));

/** How many: from 0; of more than the greatest spoken number, that they are more. */
export function spokenCount(count: number): readonly PromptName[] {
  const said = Math.max(0, Math.floor(count));
  return said > maxSpokenNumber ? ['more-than', `number-${maxSpokenNumber}`] : [`number-${said}`];
}

const keys: ReadonlyMap<string, PromptName> = new Map([
  ...Array.from('0123456789', (digit, at): [string, PromptName] => [digit, `number-${at}`]),
  ...([
    ['+', 'plus'],
    ['*', 'star'],
    ['#', 'hash'],
  ] as const),
]);

/** A telephone number, extension or slot, digit by digit. What has no name is not said. */
export const spokenDigits = (text: string): readonly PromptName[] =>
  Array.from(text).flatMap((character) => keys.get(character) ?? []);

/** How many messages there are. */
export function spokenMessages(kind: 'new' | 'saved', count: number): readonly PromptName[] {
  if (count <= 0) return [`no-${kind}-messages`];
  if (count === 1) return [`one-${kind}-message`];
  const heading: Phrase = `${kind}-messages`;
  return [heading, ...spokenCount(count)];
}

/** Whether a language has a word. */
const has = (language: AnnouncementLanguage, name: SpokenWord): boolean =>
  platformFile({ platform: 'prompt', language, name }).milliseconds > 0;

const ifAny = (language: AnnouncementLanguage, name: SpokenWord): readonly SpokenWord[] =>
  has(language, name) ? [name] : [];

/** Days for which a weekday says which one it is. */
const daysOfWeekdays = 6;

function spokenDay(language: AnnouncementLanguage, day: number, today: number): readonly SpokenWord[] {
  const ago = today - day;
  if (ago === 0) return ['today'];
  if (ago === 1) return ['yesterday'];
  const date = new Date(day * dayLength);
  const weekday = spokenWeekdays[(date.getUTCDay() + 6) % 7];
  if (ago > 1 && ago <= daysOfWeekdays && weekday !== undefined) return [weekday];
  const ofMonth = date.getUTCDate();
  const ordinal: SpokenWord = `day-${ofMonth}`;
  const month = spokenMonths[date.getUTCMonth()];
  const number: SpokenWord = `number-${ofMonth}`;
  return ['on-day', has(language, ordinal) ? ordinal : number, ...(month === undefined ? [] : [month])];
}

function spokenHour(language: AnnouncementLanguage, hour: number): readonly SpokenWord[] {
  const irregular: SpokenWord = `hour-${hour}`;
  if (has(language, irregular)) return [irregular];
  return ['at-hour', `number-${hour}`, ...ifAny(language, 'hours')];
}

function spokenMinutes(language: AnnouncementLanguage, minutes: number): readonly SpokenWord[] {
  if (minutes === 0) return ifAny(language, 'on-the-hour');
  // As clocks show it: "nine zero five", "nio noll fem".
  const leading = minutes < 10 && !has(language, 'hours') && !has(language, 'and-minutes');
  return [...ifAny(language, 'and-minutes'), ...(leading ? ['number-0' as const] : []), `number-${minutes}`];
}

/** When something happened. `time`, `now`: Unix milliseconds; `zone`: IANA. */
export type SpokenInstant = { readonly time: number; readonly now: number; readonly zone: string };

/** The day, and the time of 24 hours, on the clock of a zone. */
export function spokenTime(language: AnnouncementLanguage, { time, now, zone }: SpokenInstant): readonly PromptName[] {
  const { date, minute } = wallTimeOf(zone, time);
  return [
    ...spokenDay(language, date, wallTimeOf(zone, now).date),
    ...spokenHour(language, Math.floor(minute / 60)),
    ...spokenMinutes(language, minute % 60),
  ];
}
