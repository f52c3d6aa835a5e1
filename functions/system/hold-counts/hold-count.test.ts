import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LegalHold } from '#schema/legal-hold.ts';
import { fitsFilter, type RecordFacts, type RecordFilter } from '#schema/record-class.ts';
import { changeHold, NewLegalHold, placeHold, releaseHold } from '../legal-holds/legal-hold.ts';
import { countedAfter, countOf, isCounted, nextClass, timesToRead, type HoldCount } from './hold-count.ts';

const now = new Date('2026-01-31T12:00:00.000Z');
const wanted = (more: object = {}) =>
  NewLegalHold.parse({ name: 'Meier', reason: 'Subpoena', classes: ['logs', 'sms'], ...more });
const place = (more: object = {}) => placeHold(wanted(more), { id: 'hold_1', by: 'usr_1', now: now.toISOString() });
const begin = (hold: LegalHold): HoldCount => {
  const count = countOf({ hold, count: undefined }, hold.version, now);
  if (count === undefined) throw new Error('nothing to count');
  return { ...count, turn: 'turn_1', turn_until: 5 };
};
const facts: RecordFacts = {
  ...{ at: '2026-01-30T12:00:00.000Z', users: [], parties: ['+491'], entities: [], direction: null, text: '' },
};

describe('a count', () => {
  test('begins with a hold that has no estimate, and continues where it was', () => {
    const count = begin(place());
    expect(count).toMatchObject({ id: 'hold_1', version: 1, counted: 0, classes: ['sms', 'logs'], source: 0 });
    expect(countOf({ hold: place(), count }, 1, now)).toBe(count);
    expect(countOf({ hold: { ...place(), held_estimate: 0 }, count: undefined }, 1, now)).toBeUndefined();
  });

  test('of a hold that was changed begins again, after the turn of the former one', () => {
    const [before, after] = [place(), changeHold(place(), wanted({ classes: ['*'] }), now.toISOString())];
    const count = { ...begin(before), counted: 7, source: 2, after: 'here' };
    expect(isCounted(after, count)).toBe(false);
    expect(countOf({ hold: after, count }, 1, now)).toBeUndefined();
    expect(countOf({ hold: after, count }, 2, now)).toMatchObject({
      ...{ version: 2, counted: 0, source: 0, after: null, turn: 'turn_1', turn_until: 5 },
    });
  });

  test('of a hold that is released is only deleted', () => {
    const hold = releaseHold(place(), { by: 'usr_1', reason: 'Settled', now: now.toISOString() });
    const count = begin(place());
    expect(countOf({ hold, count }, 1, now)).toBe(count);
    expect(countOf({ hold, count: undefined }, 2, now)).toBeUndefined();
    expect(isCounted(hold, { version: hold.version })).toBe(false);
  });

  test('counts what the hold means, and goes on to the next page, source and class', () => {
    const hold = place({ filter: { numbers: ['+491'] } });
    const first = countedAfter(begin(hold), hold, { facts: [facts, { ...facts, parties: [] }], cursor: 'next' });
    expect(first).toMatchObject({ counted: 1, source: 0, after: 'next' });
    const second = countedAfter(first, hold, { facts: [facts], cursor: null });
    expect(second).toMatchObject({ counted: 2, source: 1, after: null });
    expect(nextClass(second)).toMatchObject({ counted: 2, classes: ['logs'], source: 0, after: null });
  });

  test('counts nothing of a class that the hold is not about', () => {
    const hold = place();
    const count: HoldCount = { ...begin(hold), classes: ['cdr'] };
    expect(countedAfter(count, hold, { facts: [facts], cursor: null }).counted).toBe(0);
  });
});

describe('what is read', () => {
  const times = (filter: RecordFilter, isByTime = true) =>
    timesToRead({ filter }, { began_at: now.toISOString() }, isByTime);
  const from = '2026-01-01T00:00:00.000Z';

  test.each([
    [{}, { from: null, before: now.toISOString() }],
    [{ from }, { from, before: now.toISOString() }],
    [{ to: from }, { from: null, before: '2026-01-01T00:01:00.000Z' }],
    [{ to: '2099-01-01T00:00:00.000Z' }, { from: null, before: now.toISOString() }],
    [{ from: '0000-01-01T00:00:00.000Z' }, { from: null, before: now.toISOString() }],
    [{ from: '2099-01-01T00:00:00.000Z' }, null],
    [{ to: '-000001-01-01T00:00:00.000Z' }, null],
  ])('of %o is between %o', (filter, expected) => expect(times(filter)).toEqual(expected));

  test('is everything where records are stored by another time than their own', () =>
    expect(times({ from, to: from }, false)).toEqual({ from: null, before: now.toISOString() }));

  test('has every record that a hold means, also one that is stored up to a minute after its time', () => {
    const instant = fc
      .date({ min: new Date('2025-12-01'), max: new Date('2026-03-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
    const bound = fc.option(instant, { nil: undefined });
    fc.assert(
      fc.property(bound, bound, instant, fc.nat({ max: 60_000 }), (since, to, at, late) => {
        const filter = { ...(since === undefined ? {} : { from: since }), ...(to === undefined ? {} : { to }) };
        const stored = new Date(Date.parse(at) + late).toISOString();
        fc.pre(fitsFilter({ ...facts, at }, filter) && stored < now.toISOString());
        const read = times(filter);
        expect(read).not.toBeNull();
        expect(stored >= (read?.from ?? '') && stored <= (read?.before ?? '')).toBe(true);
      }),
    );
  });
});
