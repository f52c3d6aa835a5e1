import { DateTime } from 'luxon';
import { second } from '#schema/time.ts';

/** Times of a call as a switch has written them: local times, or seconds since 1970. */

/** Seconds since 1970 with up to 9 decimals. */
const unixSeconds = /^\d{9,10}(?:\.\d{1,9})?$/;
/** `2026-11-15 10:30:00`, also with a fraction or a distance to UTC. */
const dateAndTime = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}/;

/** How texts of times are read. */
export type TimeReading = {
  /** IANA name of the zone of times without one; undefined: UTC. */
  readonly zone?: string | undefined;
  /** Of Luxon, such as `dd.MM.yyyy HH:mm:ss`; undefined: ISO 8601 or seconds since 1970. */
  readonly pattern?: string | undefined;
};

function dateTimeOf(text: string, { zone = 'utc', pattern }: TimeReading): DateTime | undefined {
  if (pattern !== undefined) return DateTime.fromFormat(text, pattern, { zone, locale: 'en' });
  return dateAndTime.test(text) ? DateTime.fromSQL(text.replace('T', ' '), { zone }) : undefined;
}

/** The instants that a text may mean, ascending: a local time that a change of the clock repeats has two. */
function instantsOf(text: string, reading: TimeReading): number[] {
  if (reading.pattern === undefined && unixSeconds.test(text)) return [Math.floor(Number(text) * second)];
  const time = dateTimeOf(text, reading);
  if (time === undefined || !time.isValid) return [];
  const possible = time.getPossibleOffsets().map((each) => each.toMillis());
  return possible.toSorted((one, other) => one - other);
}

type TimeTexts = {
  readonly start: string | undefined;
  readonly answer: string | undefined;
  readonly end: string | undefined;
};
/** Seconds that the switch states beside the times. */
type StatedSeconds = { readonly duration: number | undefined };

/** Times of `cdr.v1`; undefined for what is absent or no time. */
export type CallTimes = {
  readonly start_time: string | undefined;
  readonly answer_time: string | undefined;
  readonly end_time: string | undefined;
};

type Span = { readonly from: number; readonly to: number };

/** The span that is nearest to a duration; undefined if none ends after its start. */
function nearestSpan(starts: readonly number[], ends: readonly number[], duration: number): Span | undefined {
  const spans = starts.flatMap((from) => ends.filter((to) => to >= from).map((to) => ({ from, to })));
  const misfit = ({ from, to }: Span): number => Math.abs(to - from - duration);
  return spans.toSorted((one, other) => misfit(one) - misfit(other))[0];
}

/** ISO 8601; undefined outside of what a date can be (ECMA-262, "Time Values"). */
export function isoOf(at: number | undefined): string | undefined {
  const time = at === undefined ? undefined : new Date(at);
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** The times of a call. Of times that a change of the clock repeats, those are taken that fit to the duration. */
export function callTimes(texts: TimeTexts, reading: TimeReading, { duration = 0 }: StatedSeconds): CallTimes {
  const instants = (text: string | undefined): number[] => (text === undefined ? [] : instantsOf(text, reading));
  const [starts, answers, ends] = [instants(texts.start), instants(texts.answer), instants(texts.end)];
  const span = nearestSpan(starts, ends, duration * second);
  const within = answers.find((at) => span !== undefined && at >= span.from && at <= span.to);
  return {
    start_time: isoOf(span?.from ?? starts[0]),
    answer_time: isoOf(within ?? answers[0]),
    end_time: isoOf(span?.to ?? ends[0]),
  };
}
