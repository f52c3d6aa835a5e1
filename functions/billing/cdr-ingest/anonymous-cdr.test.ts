import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsFilter } from '#schema/record-class.ts';
import { recordsAbout } from '#schema/erased-person.ts';
import { cdrFacts } from '../cdr-tasks/slice.ts';
import { anonymousCdr, cutParty } from './anonymous-cdr.ts';
import { contentHash } from './cdr.ts';
import { pointerTo, stateOf } from './cdr-pointer.ts';
import { classifyArrival } from './correction.ts';
import { accountWith, arrivalOf, filedCdrOf, now, tariffOf } from './filed-cdr.fixture.ts';
import { calendarOf } from './filed-cdr.ts';
import { rerate } from './rerating.ts';

const separators = fc.constantFrom('', ' ', '-', '.', '(', ')', '/');
const spelled = fc
  .tuple(fc.constantFrom('', '+', '00'), fc.array(fc.tuple(fc.nat({ max: 9 }), separators)))
  .map(([prefix, digits]) => prefix + digits.flat().join(''));
const party = fc.oneof(
  spelled,
  spelled.map((number) => `sip:${number}@example.com`),
  spelled.map((number) => `tel:${number};phone-context=example.com`),
  fc.string(),
  fc.string().map((name) => `sips:${name}@example.com`),
);

describe('a party', () => {
  test('that is cut is shorter, unless it is empty, and a number or nothing', () =>
    fc.assert(
      fc.property(party, (text) => {
        const cut = cutParty(text);
        expect(cut).toMatch(/^\+?[0-9]*$/);
        expect(cut.length).toBeLessThanOrEqual(Math.max(0, text.length - (text === '' ? 0 : 1)));
      }),
    ));

  test('that is a number loses its last four digits in any spelling', () =>
    fc.assert(
      fc.property(spelled, (number) => {
        const [digits, left] = [number.replaceAll(/[^0-9]/g, ''), cutParty(number).replaceAll('+', '')];
        expect(left).toBe(digits.slice(0, Math.max(0, digits.length - 4)));
      }),
    ));

  test.each([
    ['+4930123456', '+493012'],
    ['+49 (30) 123-456', '+493012'],
    ['sip:+4930123456@example.com', '+493012'],
    ['204', ''],
    ['sip:alice@example.com', ''],
    ['alice', ''],
    ['', ''],
  ])('%j is cut to %j', (text, cut) => expect(cutParty(text)).toBe(cut));
});

const outbound = filedCdrOf({
  ...{ user_id: 'usr_1', device_id: 'dev_1', custom: { name: 'Eve' } },
  ...{ related_call_id: 'c1', answered_by: 'Eve', account_code: 'Eve' },
});
const inbound = filedCdrOf({ user_id: 'usr_1', direction: 'inbound' });

describe('a CDR without a person', () => {
  test('has the number of neither side that the person has', () => {
    expect(anonymousCdr(outbound, { number: '+14155551234' })).toMatchObject({
      caller: '+1415555',
      caller_party: '+1415555',
      number: '+1415555',
      callee: outbound.callee,
      user_id: 'usr_1',
      custom: {},
    });
    expect(anonymousCdr(outbound, { number: '+14155555678' })).toMatchObject({
      callee: '+1415555',
      callee_party: '+1415555',
      number: outbound.number,
      caller: outbound.caller,
    });
  });

  test('has none of the words of its producer', () => {
    const anonymous = anonymousCdr(outbound, { user_id: 'usr_1' });
    expect(anonymous).toMatchObject({ custom: {}, related_call_id: 'c1' });
    expect(anonymous).not.toHaveProperty('answered_by');
    expect(anonymous).not.toHaveProperty('account_code');
  });

  test('has no side of a user, who made it or was called by it', () => {
    const person = { user_id: 'usr_1' };
    expect(anonymousCdr(outbound, person)).toMatchObject({
      caller: '+1415555',
      number: '+1415555',
      callee: outbound.callee,
      user_id: null,
      device_id: null,
    });
    expect(anonymousCdr(inbound, person)).toMatchObject({
      callee: '+1415555',
      number: '+1415555',
      caller: inbound.caller,
      user_id: null,
    });
  });

  test('is about the person no more, and what it costs, when it was and how long does not change', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('inbound' as const, 'outbound' as const, 'internal' as const),
        fc.constantFrom({ user_id: 'usr_1' }, { number: '+14155551234' }, { number: '+14155555678' }),
        fc.constantFrom('+14155551234', '(415) 555-1234', '204', 'sip:+14155551234@example.com'),
        (direction, person, caller) => {
          const before = filedCdrOf({ direction, caller, user_id: 'usr_1', custom: { a: 1 } });
          const after = anonymousCdr(before, person);
          expect(fitsFilter(cdrFacts(after), recordsAbout(person))).toBe(false);
          const { rating, rating_history, start_time, end_time, duration, billable_seconds, id, shard } = before;
          expect(after).toMatchObject({ rating, rating_history, start_time, end_time, duration, billable_seconds });
          expect(after).toMatchObject({ id, shard, call_id: before.call_id, trunk_id: before.trunk_id });
          expect(pointerTo(after)).toMatchObject({ caller_party: after.caller_party, user_id: after.user_id });
        },
      ),
    ));

  test('has another state and another hash, from which the digits cannot be tried', () => {
    const after = anonymousCdr(outbound, { number: '+14155551234' });
    expect(stateOf(after)).not.toBe(stateOf(outbound));
    const tried = Array.from({ length: 10_000 }, (_, at) => `+1415555${String(at).padStart(4, '0')}`);
    const guess = tried.find((caller) => contentHash({ ...outbound, caller }) === after.content_hash);
    expect(guess).toBeUndefined();
  });

  test('is final: no record of its call and no task changes it', () => {
    const after = anonymousCdr(filedCdrOf(), { number: '+14155551234' });
    expect(classifyArrival(after, arrivalOf())).toBe('redelivery');
    const later = [{}, { revision: 2 }, { disposition: 'BUSY' }, { void: true }];
    for (const fields of later) expect(classifyArrival(after, arrivalOf(fields, { message: 'm2' }))).toBe('superseded');
    const account = accountWith({ tariff: tariffOf({}, { price_per_minute: 1 }) });
    const inputs = {
      chain: { organization: 1001, seller: 1000, operator: 1000 },
      calendar: calendarOf(account, now, 0),
      carrier: null,
      item: undefined,
      balance: [],
      task: 'task_1',
    };
    expect(rerate(filedCdrOf(), account, inputs)).not.toBeNull();
    expect(rerate(after, account, inputs)).toBeNull();
  });
});
