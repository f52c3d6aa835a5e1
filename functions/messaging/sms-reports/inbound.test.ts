import { expect, test } from 'vitest';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { day, minute } from '#schema/time.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { logEntryWith } from '../sms-logs/entry.fixture.ts';
import { numberOf } from '#test/support/resources.fixture.ts';
import type { OptOut } from '../sms-opt-outs/opt-out.ts';
import {
  answeredAmong,
  answerTo,
  asksForAnswer,
  maxAnswers,
  newestWishes,
  receivedEventsOf,
  wishOf,
} from './inbound.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const ago = (milliseconds: number): string => new Date(now.getTime() - milliseconds).toISOString();
let last = 0;
const received = (message: string, more: Partial<SmsLogEntry> = {}): SmsLogEntry =>
  logEntryWith({
    ...{ message_id: `m${(last += 1)}`, to: '+14155550000', message, timestamp: ago(minute), status_at: ago(minute) },
    ...more,
  });
const known = (state: OptOut['state'], at: string): OptOut => ({
  number: '+14155551234',
  state,
  source: 'keyword',
  reason: null,
  at,
  version: 2,
});

test('a word of the organization opts out and is answered as STOP is', () => {
  const texts = { stop_text: 'Tschüss', stop_words: ['abmelden'] };
  const asked = received('Abmelden');
  expect(wishOf(asked, undefined, texts.stop_words)).toMatchObject({ after: { state: 'opted_out' } });
  expect([...newestWishes([asked], texts.stop_words).keys()]).toEqual(['+14155551234']);
  expect(asksForAnswer(asked, now, texts.stop_words)).toBe(true);
  expect(answerTo(asked, texts, { id: 'msg_1', now }).message).toBe('Tschüss');
  expect([wishOf(asked, undefined), asksForAnswer(asked, now)]).toEqual([undefined, false]);
});

test('STOP opts its sender out, START back in, anything else changes nothing', () => {
  expect(wishOf(received('Stop'), undefined)).toMatchObject({
    after: { number: '+14155551234', state: 'opted_out', source: 'keyword', reason: 'STOP', at: ago(minute) },
    event: { type: 'sms.optout' },
  });
  expect(wishOf(received('start'), known('opted_out', ago(2 * minute)))).toMatchObject({
    after: { state: 'opted_in' },
    event: { type: 'sms.optin', fields: { was: 'opted_out' } },
  });
  expect(wishOf(received('HELP'), undefined)).toBeUndefined();
  expect(wishOf(received('Hello'), undefined)).toBeUndefined();
});

test('an old import does not override a newer wish', () => {
  expect(wishOf(received('START', { timestamp: ago(9 * minute) }), known('opted_out', ago(minute)))).toBeUndefined();
});

test('a wish that changes no state is stored with its time, without an event', () => {
  const repeated = wishOf(received('STOP'), known('opted_out', ago(2 * minute)));
  expect(repeated).toMatchObject({ after: { state: 'opted_out', at: ago(minute) }, event: null });
  expect(wishOf(received('START'), undefined)).toMatchObject({ after: { state: 'opted_in' }, event: null });
});

test('a sender that is no number has no wishes', () => {
  for (const from of ['Acme', '22333']) expect(wishOf(received('STOP', { from }), undefined)).toBeUndefined();
});

test('of several wishes of a number the newest counts, at one time the one to get nothing', () => {
  const [out, back] = [received('STOP', { timestamp: ago(minute) }), received('START', { timestamp: ago(0) })];
  for (const order of [
    [out, back],
    [back, out],
  ])
    expect([...newestWishes(order).values()]).toEqual([back]);
  const atOnce = received('START', { timestamp: ago(minute) });
  for (const order of [
    [out, atOnce],
    [atOnce, out],
  ])
    expect([...newestWishes(order).values()]).toEqual([out]);
});

test.each([
  ['STOP', {}, true],
  ['HELP', {}, true],
  ['START', {}, false],
  ['Hello', {}, false],
  ['STOP', { timestamp: ago(5 * minute) }, true],
  ['STOP', { timestamp: ago(5 * minute + 1) }, false],
  ['STOP', { from: '22333' }, false],
] as const)('%s %j asks for an answer: %s', (message, more, asks) => {
  expect(asksForAnswer(received(message, more), now)).toBe(asks);
});

const number = (more: Partial<PhoneNumber> = {}): PhoneNumber =>
  numberOf({ number: '+14155550000', offered: ['voice', 'sms'], capabilities: ['voice', 'sms'], ...more });
const facts = (more: object = {}) => ({
  wishes: new Map<string, OptOut>(),
  numbers: new Map([['+14155550000', number()]]),
  answered: new Map<string, number>(),
  total: 0,
  ...more,
});
const place = { texts: undefined, organization: 1_001, now };

test('a message to a number of the organization is answered', () => {
  const entry = received('STOP');
  expect(answeredAmong([entry, received('Hello')], facts(), place)).toEqual([entry]);
});

test.each([
  ['of another organization', number({ org_id: 1_002 })],
  ['that was released', number({ state: 'released' })],
  ['without SMS', number({ capabilities: ['voice'] })],
])('a message to a number %s is not answered', (_case, item) => {
  expect(answeredAmong([received('STOP')], facts({ numbers: new Map([[item.number, item]]) }), place)).toEqual([]);
});

test('an organization that may not send SMS answers nothing', () => {
  expect(answeredAmong([received('STOP')], facts(), { ...place, texts: { enabled: false } })).toEqual([]);
});

test('of several messages of a sender the first is answered', () => {
  const [first, second] = [received('STOP'), received('HELP')];
  expect(answeredAmong([first, second], facts(), place)).toEqual([first]);
});

test('an opt-out is confirmed once, and only if it takes effect; a question is answered again', () => {
  const [stop, help] = [received('STOP'), received('HELP')];
  const after = (wish: OptOut) => facts({ wishes: new Map([[wish.number, wish]]) });
  expect(answeredAmong([stop], after(known('opted_out', ago(day))), place)).toEqual([]);
  expect(answeredAmong([help], after(known('opted_out', ago(day))), place)).toEqual([help]);
  expect(answeredAmong([stop], after(known('opted_in', ago(day))), place)).toEqual([stop]);
  expect(answeredAmong([stop], after(known('opted_in', ago(0))), place)).toEqual([]);
});

test('the confirmation of an opt-out is sent within five minutes of it, or not at all', () => {
  const until = (message: string, timestamp: string) =>
    answerTo(received(message, { timestamp }), undefined, { id: 'm', now }).valid_until - now.getTime();
  expect([until('STOP', ago(minute)), until('STOP', ago(-minute))]).toEqual([4 * minute, 5 * minute]);
  expect(until('HELP', ago(minute))).toBe(day);
});

test('answers are limited to each number and of each organization in a day', () => {
  const [one, other] = [received('STOP'), received('HELP', { from: '+14155551235' })];
  const answered = new Map([['+14155551234', maxAnswers.number]]);
  expect(answeredAmong([one, other], facts({ answered }), place)).toEqual([other]);
  expect(answeredAmong([one, other], facts({ total: maxAnswers.organization - 1 }), place)).toEqual([one]);
  expect(answeredAmong([one, other], facts({ total: maxAnswers.organization }), place)).toEqual([]);
});

test('an answer is free, comes from the number that was written to, and has the text of the organization', () => {
  const texts = { stop_text: 'Bye', help_text: null };
  const options = { id: 'msg_1', now };
  expect(answerTo(received('STOP'), texts, options)).toMatchObject({
    id: 'msg_1',
    status: 'queued',
    from: '+14155550000',
    to: '+14155551234',
    message: 'Bye',
    encoding: 'gsm7',
    segments: 1,
    price: null,
    user_id: null,
    timestamps: { queued: now.toISOString() },
  });
  expect(answerTo(received('HELP'), texts, options).message).toContain('STOP');
});

test('the built-in answers are one segment', () => {
  for (const message of ['STOP', 'HELP'])
    expect(answerTo(received(message), undefined, { id: 'm', now }).segments).toBe(1);
});

test('the events of a received message have no text', () => {
  expect(JSON.stringify(receivedEventsOf(received('My secret: do not stop')))).not.toContain('secret');
});

test('a message with a word of opt-outs that opts out of nothing is suspected', () => {
  const typesOf = (message: string) => receivedEventsOf(received(message)).map(({ type }) => type);
  expect(typesOf('Do not stop')).toEqual(['sms.received', 'sms.optout_suspected']);
  expect(typesOf('Stop')).toEqual(['sms.received']);
});
