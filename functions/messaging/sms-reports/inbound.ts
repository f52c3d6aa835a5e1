/** What follows from received SMS: wishes of their senders, and answers (functions/messaging/README.md, "Opt-outs"). */
import { segmentsOf } from '#schema/sms-segments.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import type { Sms } from '#schema/sms.ts';
import { day, minute } from '#schema/time.ts';
import { E164 } from '#schema/values.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { keywordOf, suspectedIn, type Asked, type StopWords } from '../sms-opt-outs/keyword.ts';
import { carrierWish, wishChange, type OptOut, type WishChange } from '../sms-opt-outs/opt-out.ts';

/**
 * Age up to which a message is answered, in milliseconds: an import of old messages answers no one, and a later
 * confirmation of an opt-out may not be covered by its consent (47 CFR 64.1200(a)(12)).
 */
const answeredWithin = 5 * minute;
/** Answers to one number, and of one organization, in a UTC day: they are free, and clients can push messages. */
export const maxAnswers = { number: 5, organization: 1_000 } as const;

const builtIn = {
  out: 'You get no more messages from us. Reply START to get them again.',
  help: 'Reply STOP to get no more messages, START to get them again.',
} as const;

/** The texts of an organization, if it has any. */
export type AnswerTexts = {
  readonly enabled?: boolean | undefined;
  readonly stop_text?: string | null | undefined;
  readonly help_text?: string | null | undefined;
  readonly stop_words?: StopWords | undefined;
};

const isNumber = (party: string): boolean => E164.safeParse(party).success;

/** The newest of the wishes in received messages, for each number that has one. */
export function newestWishes(received: readonly SmsLogEntry[], own?: StopWords): ReadonlyMap<string, SmsLogEntry> {
  const newest = new Map<string, SmsLogEntry>();
  for (const entry of received) {
    const asked = keywordOf(entry.message, own)?.asked;
    if ((asked !== 'out' && asked !== 'in') || !isNumber(entry.from)) continue;
    const other = newest.get(entry.from);
    const isOlder =
      other !== undefined &&
      (entry.timestamp < other.timestamp || (entry.timestamp === other.timestamp && asked === 'in'));
    if (!isOlder) newest.set(entry.from, entry);
  }
  return newest;
}

/** What a received message changes about its sender's opt-out; undefined: nothing. */
export function wishOf(entry: SmsLogEntry, known: OptOut | undefined, own?: StopWords): WishChange | undefined {
  const keyword = keywordOf(entry.message, own);
  if (keyword === null || keyword.asked === 'help' || !isNumber(entry.from)) return undefined;
  return wishChange(known, {
    number: entry.from,
    state: keyword.asked === 'out' ? 'opted_out' : 'opted_in',
    source: 'keyword',
    reason: keyword.word,
    at: entry.timestamp,
  });
}

/** An opt-out that the provider reports. */
export const carrierOptOut = (sms: Sms, known: OptOut | undefined) => carrierWish(sms, known);

/** What decides whether a received message is answered. */
export type Answering = {
  readonly texts: AnswerTexts | undefined;
  readonly organization: number;
  readonly now: Date;
};

/** Whether a received message asks for an answer, and is not too old for one. */
export function asksForAnswer({ message, from, timestamp }: SmsLogEntry, now: Date, own?: StopWords): boolean {
  const asked = keywordOf(message, own)?.asked;
  return (
    (asked === 'out' || asked === 'help') && now.getTime() - Date.parse(timestamp) <= answeredWithin && isNumber(from)
  );
}

/** Whether an organization may answer from the number that received a message. */
const maySendFrom = (number: PhoneNumber | undefined, organization: number): boolean =>
  number?.state === 'active' && number.org_id === organization && number.capabilities.includes('sms');

/** What is known for answers: wishes, the numbers that received messages, and the answers of the UTC day so far. */
export type AnswerFacts = {
  /** The latest wish of each number that opts in or out, before the messages. */
  readonly wishes: ReadonlyMap<string, OptOut>;
  readonly numbers: ReadonlyMap<string, PhoneNumber>;
  /** To each number. */
  readonly answered: ReadonlyMap<string, number>;
  /** Of the organization. */
  readonly total: number;
};

/** Whether an answer says what is so, and is new to its reader: an opt-out is confirmed once, if it takes effect. */
function isNews(entry: SmsLogEntry, { wishes }: Pick<AnswerFacts, 'wishes'>, own?: StopWords): boolean {
  if (keywordOf(entry.message, own)?.asked !== 'out') return true;
  return wishOf(entry, wishes.get(entry.from), own)?.event?.type === 'sms.optout';
}

/** The messages that get an answer: of each sender one at a time, within the limits of the day. */
export function answeredAmong(
  received: readonly SmsLogEntry[],
  facts: AnswerFacts,
  { texts, organization, now }: Answering,
): readonly SmsLogEntry[] {
  if (texts?.enabled === false) return [];
  const first = new Map<string, SmsLogEntry>();
  for (const entry of received) {
    const isPermitted =
      asksForAnswer(entry, now, texts?.stop_words) &&
      isNews(entry, facts, texts?.stop_words) &&
      maySendFrom(facts.numbers.get(entry.to), organization) &&
      (facts.answered.get(entry.from) ?? 0) < maxAnswers.number;
    if (isPermitted && !first.has(entry.from)) first.set(entry.from, entry);
  }
  return [...first.values()].slice(0, Math.max(0, maxAnswers.organization - facts.total));
}

/** Milliseconds for which an answer to a question may wait for the provider. */
const helpTtl = day;

/** Until when an answer may be sent, in Unix milliseconds. */
const validUntil = (asked: Asked | undefined, timestamp: string, now: Date): number =>
  asked === 'out' ? Math.min(Date.parse(timestamp), now.getTime()) + answeredWithin : now.getTime() + helpTtl;

/** The answer to a message that asks for one: free, and sent to numbers that opted out, too. */
export function answerTo(
  entry: SmsLogEntry,
  texts: AnswerTexts | undefined,
  { id, now }: { readonly id: string; readonly now: Date },
): Sms {
  const asked = keywordOf(entry.message, texts?.stop_words)?.asked;
  const message = asked === 'out' ? (texts?.stop_text ?? builtIn.out) : (texts?.help_text ?? builtIn.help);
  const { encoding, segments } = segmentsOf(message);
  const at = now.toISOString();
  return {
    id,
    batch_id: null,
    status: 'queued',
    to: entry.from,
    from: entry.to,
    message,
    encoding,
    segments,
    category: 'transactional',
    reference: null,
    user_id: null,
    callback_url: null,
    price: null,
    money: 'reserved',
    scheduled_at: null,
    held_until: null,
    attempts: 0,
    next_at: 0,
    valid_until: validUntil(asked, entry.timestamp, now),
    provider: null,
    provider_message_id: null,
    error: null,
    timestamps: { queued: at },
    created_at: at,
    updated_at: at,
    version: 1,
  };
}

/** The events of a received message, without its text. */
export function receivedEventsOf({ message_id, from, to, timestamp, segments, message }: SmsLogEntry, own?: StopWords) {
  const entity = { type: 'sms', id: message_id };
  const fields = { message_id, from, to, segments, at: timestamp };
  const word = suspectedIn(message, own);
  return [
    { type: 'sms.received', entity, description: `SMS received from ${from}`, fields },
    ...(word === null
      ? []
      : [
          {
            type: 'sms.optout_suspected',
            entity,
            description: `SMS from ${from} has the word ${word}, and opts out of nothing: it should be read`,
            fields: { ...fields, word },
          } as const,
        ]),
  ] as const;
}
