import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assertFits,
  capacityOf,
  lastBlock,
  latestFor,
  newSequence,
  NewSequence,
  oppositeBound,
  presentSequence,
  SequenceName,
  startOfBlock,
  type Sequence,
} from './sequence.ts';

const now = '2026-01-31T12:00:00.000Z';
const largest = Number.MAX_SAFE_INTEGER;
const made = (wanted: object, before?: Sequence): Sequence =>
  newSequence('invoices', NewSequence.parse(wanted), now, before);

/** What the store does with a block. */
function after(sequence: Sequence, count: number): Sequence | undefined {
  const { issued, taken, wraps } = sequence;
  switch (startOfBlock(sequence, count)) {
    case 'next':
      return { ...sequence, taken: taken + count, issued: issued + count };
    case 'opposite':
      return {
        ...{ ...sequence, base: oppositeBound(sequence), taken: count },
        ...{ issued: issued + count, wraps: wraps + 1 },
      };
    case 'none':
      return undefined;
  }
}
const taken = (sequence: Sequence, count: number): Sequence => after(sequence, count) ?? expect.unreachable();
const deleted = (sequence: Sequence): Sequence => ({ ...sequence, state: 'deleted' });

describe('a new sequence', () => {
  test.each([
    [{}, { start: 1, min: 1, max: largest }],
    [{ step: -2 }, { start: -1, min: -largest, max: -1 }],
    [{ min: 5 }, { start: 5, min: 5, max: largest }],
    [
      { step: -1, max: 9, min: 0 },
      { start: 9, min: 0, max: 9 },
    ],
  ])('%o begins at its near bound', (wanted, range) => expect(made(wanted)).toMatchObject(range));

  test.each([
    [{ start: 0 }, 'start'],
    [{ min: 2, max: 1 }, 'max'],
    [{ min: 1, step: -1 }, 'min'],
    [{ start: 11, max: 10 }, 'start'],
  ])('%o is rejected at %s', (wanted, path) =>
    expect(() => made(wanted)).toThrow(expect.objectContaining({ details: [expect.objectContaining({ path })] })),
  );

  test.each(['', '-a', 'A', 'a b', 'a'.repeat(65), 'a/b'])('is not named %j', (name) =>
    expect(SequenceName.safeParse(name).success).toBe(false),
  );
});

describe('after a deleted sequence', () => {
  const last = deleted(taken(made({ max: 100 }), 41));

  test('a new one of its name goes on', () => expect(presentSequence(made({}, last))).toMatchObject({ next: 42 }));
  test('one that begins later begins there', () => expect(made({ start: 50 }, last).base).toBe(50));
  test('one that is reset begins at its start', () => expect(made({ reset: true }, last).base).toBe(1));
  test('one that nobody has used goes on as well', () =>
    expect(made({}, deleted(made({}, last)))).toMatchObject({ base: 42, issued: 0 }));
  test('one of the other direction is rejected', () =>
    expect(() => made({ step: -1 }, last)).toThrow(
      expect.objectContaining({ details: [expect.objectContaining({ path: 'step' })] }),
    ));
  test('one that would have ended is rejected', () =>
    expect(() => made({ max: 41 }, last)).toThrow(
      expect.objectContaining({ details: [expect.objectContaining({ path: 'max' })] }),
    ));
});

const bounds = fc.integer({ min: -50, max: 50 });
const anySequence = fc
  .record({
    step: fc.integer({ min: -7, max: 7 }).filter((step) => step !== 0),
    between: fc.uniqueArray(bounds, { minLength: 2, maxLength: 2 }),
    from: fc.nat({ max: 100 }),
    cycle: fc.boolean(),
  })
  .map(({ step, between, from, cycle }) => {
    const [min = 0, max = 0] = between.toSorted((one, other) => one - other);
    return made({ step, min, max, cycle, start: min + (from % (max - min + 1)) });
  });

test('blocks are those that counting by hand gives', () =>
  fc.assert(
    fc.property(anySequence, fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 30 }), (sequence, counts) => {
      const { start, step, min, max, cycle } = sequence;
      const isWithin = (value: number) => value >= min && value <= max;
      let [current, next] = [sequence, start];
      for (const count of counts) {
        const last = (first: number) => first + step * (count - 1);
        if (!isWithin(last(step > 0 ? min : max))) {
          expect(() => assertFits(current, count)).toThrow('count');
          continue;
        }
        assertFits(current, count);
        const isOver = !isWithin(next) || !isWithin(last(next));
        if (isOver && cycle) next = step > 0 ? min : max;
        const stepped = after(current, count);
        expect(stepped === undefined).toBe(isOver && !cycle);
        if (stepped === undefined) continue;
        const expected = Array.from({ length: count }, (_, at) => next + step * at);
        expect(lastBlock(stepped, count)).toEqual({
          ...{ name: 'invoices', first: next, last: last(next), step, count, values: expected },
        });
        [current, next] = [stepped, next + step * count];
      }
    }),
  ));

test('a range as wide as numbers are counts exactly', () => {
  const wide = made({ min: -largest, max: largest, start: -largest });
  expect(capacityOf(wide)).toBe(largest);
  expect(capacityOf(made({ min: -largest, max: largest, start: -largest, step: largest }))).toBe(3);
  expect(latestFor(made({ min: largest - 9, step: 3 }), 4)).toBe(0);
});

test('an answer lists up to 1,000 numbers', () => {
  expect(lastBlock(taken(made({}), 1_000), 1_000).values).toHaveLength(1_000);
  expect(lastBlock(taken(made({}), 1_001), 1_001)).toEqual({
    ...{ name: 'invoices', first: 1, last: 1_001, step: 1, count: 1_001 },
  });
});

test('a sequence shows what comes next, and that it has ended', () => {
  const ended = taken(made({ max: 3 }), 3);
  expect(presentSequence(ended)).toMatchObject({ last: 3, next: null, issued: 3 });
  expect(presentSequence({ ...ended, cycle: true })).toMatchObject({ last: 3, next: 1 });
  expect(presentSequence(made({}))).toMatchObject({ last: null, next: 1, issued: 0 });
});
