import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsFilter, recordClasses, type RecordFacts } from '#schema/record-class.ts';
import { failureOf } from '#test/support/errors.fixture.ts';
import { changeHold, HoldFilter, isNarrower, NewLegalHold, placeHold, releaseHold } from './legal-hold.ts';

const now = '2026-01-31T12:00:00.000Z';
const later = '2026-02-01T12:00:00.000Z';
const wanted = (more: object = {}) =>
  NewLegalHold.parse({ name: 'Meier', reason: 'Subpoena', classes: ['sms'], filter: { numbers: ['+491'] }, ...more });
const place = (more: object = {}) => placeHold(wanted(more), { id: 'hold_1', by: 'usr_1', now });

describe('a filter', () => {
  test.each([
    { user_ids: [] },
    { numbers: ['030'] },
    { from: '2026-01-31T12:00:00' },
    { entity_ids: Array.from({ length: 1_001 }, (_, at) => `msg_${at}`) },
  ])('%o is rejected', (filter) => expect(HoldFilter.safeParse(filter).success).toBe(false));

  test('does not end before it begins', () =>
    expect(failureOf(() => place({ filter: { from: later, to: now } }))).toBe('VALIDATION_FAILED filter.to'));
});

describe('a change', () => {
  test('that keeps more needs no other reason', () =>
    expect(changeHold(place(), wanted({ classes: ['*'], filter: {} }), later)).toMatchObject({
      ...{ classes: ['*'], filter: {}, version: 2, placed_at: now, updated_at: later },
    }));

  test.each([
    { filter: { numbers: ['+491'], user_ids: ['usr_1'] } },
    { filter: { numbers: ['+492'] } },
    { classes: ['voicemail'] },
  ])('to %o says why', (more) => {
    expect(failureOf(() => changeHold(place(), wanted(more), later))).toBe('VALIDATION_FAILED reason');
    expect(changeHold(place(), wanted({ ...more, reason: 'Settled in part' }), later).version).toBe(2);
  });

  test('of a released hold is rejected', () => {
    const released = releaseHold(place(), { by: 'usr_2', reason: 'Settled', now: later });
    expect(released).toMatchObject({ status: 'released', released_by: 'usr_2', release_reason: 'Settled' });
    for (const act of [
      () => changeHold(released, wanted(), later),
      () => releaseHold(released, { by: 'usr_2', reason: 'Settled', now: later }),
    ])
      expect(act).toThrow('was released');
  });
});

const values = fc.option(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { nil: undefined });
const instants = fc.option(fc.constantFrom('2026-01', '2026-02', '2026-03'), { nil: undefined });
const anyScope = fc.record({
  classes: fc.subarray([...recordClasses, '*'] as const, { minLength: 1 }),
  filter: fc.record({ user_ids: values, entity_ids: values, from: instants, to: instants }),
});
const anyFacts: fc.Arbitrary<RecordFacts> = fc.record({
  at: fc.constantFrom('2026-01', '2026-02', '2026-03'),
  users: fc.subarray(['a', 'b', 'c']),
  parties: fc.constant([]),
  entities: fc.subarray(['a', 'b', 'c']),
  direction: fc.constant(null),
  text: fc.constant(''),
});

test('a change that is not narrower keeps every record that was held', () =>
  fc.assert(
    fc.property(anyScope, anyScope, anyFacts, (one, other, facts) => {
      const [before, after] = [one, other].map(({ classes, filter }) => ({
        classes,
        filter: JSON.parse(JSON.stringify(filter)) as object,
      }));
      fc.pre(before !== undefined && after !== undefined && !isNarrower(before, after));
      if (fitsFilter(facts, before.filter)) expect(fitsFilter(facts, after.filter)).toBe(true);
    }),
    { numRuns: 300 },
  ));
