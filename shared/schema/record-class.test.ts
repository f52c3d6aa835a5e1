import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitsFilter, isHeld, type RecordFacts, type RecordFilter } from './record-class.ts';

const facts: RecordFacts = {
  at: '2026-03-01T10:00:00.000Z',
  users: ['usr_a'],
  parties: ['+4930123456', 'sip:+14155550100@pbx.example'],
  entities: ['cdr_1', 'call_1'],
  direction: 'outbound',
  text: 'Überweisung an Meier',
};

describe('a filter', () => {
  test.each<[RecordFilter, boolean]>([
    [{}, true],
    [{ user_ids: ['usr_b', 'usr_a'] }, true],
    [{ user_ids: ['usr_b'] }, false],
    [{ numbers: ['+14155550100'] }, true],
    [{ numbers: ['+1415555010'] }, false],
    [{ entity_ids: ['call_1'] }, true],
    [{ entity_ids: ['call_2'] }, false],
    [{ direction: 'inbound' }, false],
    [{ from: '2026-03-01T10:00:00.000Z', to: '2026-03-01T10:00:00.000Z' }, true],
    [{ from: '2026-03-01T10:00:00.001Z' }, false],
    [{ to: '2026-03-01T09:59:59.999Z' }, false],
    [{ search_text: 'MEIER uberweisung' }, true],
    [{ search_text: 'Meier Müller' }, false],
    [{ user_ids: ['usr_a'], numbers: ['+491'] }, false],
  ])('%o: %s', (filter, fits) => expect(fitsFilter(facts, filter)).toBe(fits));

  test.each(['+4930123456', '4930123456', '004930123456', '+49 30 12-34 56', 'sip:4930123456@x'])(
    'finds the number in %s',
    (party) => expect(fitsFilter({ ...facts, parties: [party] }, { numbers: ['+4930123456'] })).toBe(true),
  );
});

test('a record is held if any hold of its class means it, and by no other', () => {
  const filters = fc.constantFrom<RecordFilter>({}, { user_ids: ['usr_a'] }, { user_ids: ['usr_b'] }, { to: '2025' });
  const holds = fc.array(fc.record({ classes: fc.subarray(['cdr', 'sms', '*'] as const), filter: filters }));
  fc.assert(
    fc.property(holds, fc.constantFrom('cdr', 'logs'), (all, of) => {
      const expected = all.some(
        ({ classes, filter }) =>
          (classes.includes('*') || (of === 'cdr' && classes.includes('cdr'))) && fitsFilter(facts, filter),
      );
      expect(isHeld(of, facts, all)).toBe(expected);
    }),
  );
});
