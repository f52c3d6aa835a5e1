/** What a push of SMS log entries changes (functions/messaging/sms-logs/README.md). */
import type { Sms } from '#schema/sms.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { keywordOf, type StopWords } from '../sms-opt-outs/keyword.ts';
import type { OptOut, WishChange } from '../sms-opt-outs/opt-out.ts';
import {
  answeredAmong,
  answerTo,
  asksForAnswer,
  maxAnswers,
  newestWishes,
  receivedEventsOf,
  wishOf,
  type AnswerFacts,
  type Answering,
} from '../sms-reports/inbound.ts';
import { afterPush, entryOf, rejectionOf, type PushedEntry, type Rejection } from './entry.ts';

/** An entry that a push files or updates. */
export type EntryChange = { readonly before: SmsLogEntry | undefined; readonly after: SmsLogEntry };

/** The changes of a push, and what its answer says. */
export type PushPlan = {
  readonly changes: readonly EntryChange[];
  readonly processed: number;
  readonly duplicates: number;
};

/** The entries of a push that can be filed, and why the others cannot. */
export function admitEntries(
  pushed: readonly PushedEntry[],
  { user, now }: { readonly user: string | null; readonly now: Date },
) {
  const errors: { index: number; code: Rejection }[] = [];
  const entries: SmsLogEntry[] = [];
  for (const [index, entry] of pushed.entries()) {
    const code = rejectionOf(entry, now);
    if (code === null) entries.push(entryOf(entry, user));
    else errors.push({ index, code });
  }
  return { entries, errors };
}

/** What the entries of a push change, one after the other. @param known entries by their message id */
export function planPush(entries: readonly SmsLogEntry[], known: ReadonlyMap<string, SmsLogEntry>): PushPlan {
  const states = new Map<string, SmsLogEntry>(known);
  const changed = new Set<string>();
  let duplicates = 0;
  for (const entry of entries) {
    const state = states.get(entry.message_id);
    const after = state === undefined ? entry : afterPush(state, entry);
    if (after === undefined) {
      duplicates += 1;
      continue;
    }
    states.set(entry.message_id, after);
    changed.add(entry.message_id);
  }
  const changes = [...changed].flatMap((id): EntryChange[] => {
    const after = states.get(id);
    return after === undefined ? [] : [{ before: known.get(id), after }];
  });
  return { changes, processed: entries.length - duplicates, duplicates };
}

/** The messages that a push files as received. */
export const receivedIn = (changes: readonly EntryChange[]): readonly SmsLogEntry[] =>
  changes.flatMap(({ before, after }) => (before === undefined && after.direction === 'inbound' ? [after] : []));

/** The numbers whose wishes a push may change. */
export const wishingNumbers = (changes: readonly EntryChange[], own?: StopWords): readonly string[] => [
  ...newestWishes(receivedIn(changes), own).keys(),
];

/** The wishes that received messages change, by message id. @param known opt-outs by number */
export function wishesIn(
  changes: readonly EntryChange[],
  known: ReadonlyMap<string, OptOut>,
  own?: StopWords,
): ReadonlyMap<string, WishChange> {
  return new Map(
    [...newestWishes(receivedIn(changes), own)].flatMap(([number, entry]) => {
      const wish = wishOf(entry, known.get(number), own);
      return wish === undefined ? [] : [[entry.message_id, wish] as const];
    }),
  );
}

/** Answers to one number, and of one organization, in a UTC day. */
export const answerLimits = maxAnswers;

/** The parties of received messages that ask for an answer. */
export function answeringParties(changes: readonly EntryChange[], now: Date, own?: StopWords) {
  const asking = receivedIn(changes).filter((entry) => asksForAnswer(entry, now, own));
  return {
    from: [...new Set(asking.map(({ from }) => from))],
    to: [...new Set(asking.map(({ to }) => to))],
  };
}

/** The answers to received messages. */
export const answersIn = (
  changes: readonly EntryChange[],
  facts: AnswerFacts,
  { nextId, ...answering }: Answering & { readonly nextId: () => string },
): readonly Sms[] =>
  answeredAmong(receivedIn(changes), facts, answering).map((entry) =>
    answerTo(entry, answering.texts, { id: nextId(), now: answering.now }),
  );

/** The events of received messages. */
export const receivedEvents = (changes: readonly EntryChange[], own?: StopWords) =>
  receivedIn(changes).flatMap((entry) => receivedEventsOf(entry, own));

/** Entries of one message. */
export type EntryGroup = {
  readonly entries: readonly SmsLogEntry[];
  /** Writes that they need at most. */
  readonly size: number;
};

/** Writes for a message: the entry, its events, the wish of its sender with its event, and an answer with its event. */
function sizeOf(entry: SmsLogEntry, now: Date, own?: StopWords): number {
  if (entry.direction === 'outbound') return 1;
  if (asksForAnswer(entry, now, own)) return 8;
  return keywordOf(entry.message, own) === null ? 3 : 4;
}

/** The entries of a push by message, in their order. */
export const groupsOf = (entries: readonly SmsLogEntry[], now: Date, own?: StopWords): readonly EntryGroup[] =>
  [...Map.groupBy(entries, ({ message_id: id }) => id).values()].map((of) => ({
    entries: of,
    size: Math.max(...of.map((entry) => sizeOf(entry, now, own))),
  }));

/** Groups of writes that belong together, packed into transactions of at most `limit` writes. */
export function packed<Group extends { readonly size: number }>(groups: readonly Group[], limit: number): Group[][] {
  const packs: Group[][] = [];
  let used = limit;
  for (const group of groups) {
    if (used + group.size > limit) {
      packs.push([]);
      used = 0;
    }
    packs.at(-1)?.push(group);
    used += group.size;
  }
  return packs;
}
