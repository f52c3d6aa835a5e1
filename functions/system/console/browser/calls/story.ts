import { durationText, timeText } from '../kit/format.ts';
import { t } from '../texts/texts.ts';
import { reasonOf, type Cause } from './reasons.ts';
import { resultOf, type Direction, type Disposition } from './result.ts';

/** A call as one sentence. */

export type Told = {
  /** Names of the parties. */
  readonly from: string;
  readonly to: string;
  readonly direction: Direction;
  readonly disposition: Disposition;
  /** RFC 3339. */
  readonly start_time: string;
  readonly answer_time: string | null;
  readonly end_time: string;
  readonly billable_seconds: number;
  readonly cause: Cause | null;
};

const secondsBetween = (from: string, to: string): number => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1_000);

/** `7 s`, and `8:43` from a minute on. */
export const lengthText = (seconds: number): string =>
  seconds < 60 ? t('{count} s', { count: Math.round(seconds) }) : durationText(seconds);

/** Who called whom, when, and what came of it. */
export function storyOf(call: Told): string {
  const begun = t('{from} called {to} at {time}', { from: call.from, to: call.to, time: timeText(call.start_time) });
  return `${begun}; ${outcomeOf(call)}.`;
}

function outcomeOf(call: Told): string {
  const rang = lengthText(secondsBetween(call.start_time, call.answer_time ?? call.end_time));
  const values = { rang, from: call.from, to: call.to };
  switch (call.disposition) {
    case 'ANSWERED':
      return t('the call was answered after {rang}, and they spoke for {talk}', {
        rang,
        talk: lengthText(call.billable_seconds),
      });
    case 'NO ANSWER':
      return t('it rang for {rang}, and no one answered', values);
    case 'CANCELLED':
      return t('{from} hung up after {rang}, before anybody answered', values);
    case 'BUSY':
      return t('{to} was busy', values);
    case 'FAILED': {
      const reason = reasonOf(call.cause ?? {});
      return reason === undefined ? t('the call failed') : t('the call failed: {reason}', { reason });
    }
  }
}

/** Whether there is something to explain beyond the sentence. */
export const hasFailed = (call: Pick<Told, 'direction' | 'disposition'>): boolean =>
  ['failed', 'busy'].includes(resultOf(call));
