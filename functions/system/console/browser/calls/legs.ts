import { isObject, listIn, textIn, type JsonObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import type { Cdr } from './charge.ts';
import { personText, type People } from './names.ts';
import { lengthText } from './story.ts';

/** The legs of a call on one scale of time. */

/** Unix milliseconds; null: it was not answered, or has not ended. */
export type TimedLeg = {
  readonly name: string;
  readonly start: number;
  readonly answered: number | null;
  readonly end: number | null;
};

const instantOf = (value: unknown): number | null => {
  const at = Date.parse(textIn(value));
  return Number.isNaN(at) ? null : at;
};

/** Who is at the other end of a leg. */
function nameOf(leg: JsonObject, { byId, byNumber }: People): string {
  const person = byId.get(textIn(leg['user_id'])) ?? byNumber.get(textIn(leg['number']));
  if (person !== undefined) return personText(person);
  if (leg['kind'] === 'application') return t('Announcement or menu');
  return textIn(leg['number']) || textIn(leg['target']) || '–';
}

/** The legs of a call that the platform has carried. @param call as `GET /Calls/{callId}` answers it */
export const legsOfState = (call: unknown, people: People): readonly TimedLeg[] =>
  listIn(isObject(call) ? call['legs'] : [])
    .filter(isObject)
    .flatMap((leg) => {
      const times = isObject(leg['timestamps']) ? leg['timestamps'] : {};
      const start = instantOf(times['created'] ?? times['trying'] ?? times['ringing']);
      const [answered, end] = [instantOf(times['answered']), instantOf(times['hangup'])];
      return start === null ? [] : [{ name: nameOf(leg, people), start, answered, end }];
    });

type LegRecord = Pick<Cdr, 'callee' | 'start_time' | 'answer_time' | 'end_time'>;

/** The legs of a call of another switch, of which there are records only. */
export const legsOfRecords = (records: readonly LegRecord[], { byNumber }: People): readonly TimedLeg[] =>
  records.map(({ callee, start_time: start, answer_time: answer, end_time: end }) => {
    const person = byNumber.get(callee);
    const name = person === undefined ? callee : personText(person);
    return { name, start: Date.parse(start), answered: instantOf(answer), end: Date.parse(end) };
  });

/** A leg in percent of the whole call: where it begins, how long it rings, and how long it is answered. */
export type Bar = {
  readonly name: string;
  readonly before: number;
  readonly ringing: number;
  readonly talking: number;
};

/** @param now Unix milliseconds: the end of what goes on */
export function barsOf(legs: readonly TimedLeg[], now: number): readonly Bar[] {
  const ends = legs.map(({ end }) => end ?? now);
  const first = Math.min(...legs.map(({ start }) => start));
  const whole = Math.max(1, Math.max(...ends) - first);
  const share = (milliseconds: number): number => (100 * Math.max(0, milliseconds)) / whole;
  return legs.map(({ name, start, answered }, at) => {
    const end = ends[at] ?? now;
    const ringsUntil = answered ?? end;
    return {
      name,
      before: share(start - first),
      ringing: share(ringsUntil - start),
      talking: share(end - ringsUntil),
    };
  });
}

/** What the bar of a leg shows, in words. */
export function legText({ start, answered, end }: TimedLeg, now: number): string {
  const seconds = (from: number, to: number): string => lengthText((to - from) / 1_000);
  if (answered === null) return t('rang for {rang}', { rang: seconds(start, end ?? now) });
  return t('rang for {rang}, talked for {talk}', {
    rang: seconds(start, answered),
    talk: seconds(answered, end ?? now),
  });
}
