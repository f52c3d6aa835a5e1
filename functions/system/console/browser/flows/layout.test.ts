import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arranged, intersects, placesOf, type Box, type LaidOut, type Position } from './layout.ts';

const names = Array.from({ length: 30 }, (_name, at) => `step-${at}`);
const anyName = fc.constantFrom(...names);
const anyPlace = fc.record({ x: fc.integer({ min: -600, max: 600 }), y: fc.integer({ min: -600, max: 600 }) });

/** Steps of any size, with ways to any others, to themselves and to steps that there are not. */
const anySteps: fc.Arbitrary<readonly LaidOut[]> = fc.uniqueArray(
  fc.record({
    name: anyName,
    size: fc.record({ width: fc.constant(220), height: fc.integer({ min: 60, max: 400 }) }),
    to: fc.array(anyName, { maxLength: 6 }),
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 30 },
);

const boxesOf = (steps: readonly LaidOut[], places: Readonly<Record<string, Position>>): readonly Box[] =>
  steps.map(({ name, size }) => ({ ...size, ...(places[name] ?? { x: Number.NaN, y: Number.NaN }) }));

const overlapping = (boxes: readonly Box[]): number =>
  boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => intersects(one, other))).length;

test('no step is above another, however many ways there are', () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const boxes = boxesOf(steps, placesOf(steps, new Map()));
      expect(boxes.filter(({ x, y }) => Number.isNaN(x + y))).toEqual([]);
      expect(overlapping(boxes)).toBe(0);
    }),
  );
});

test('no step is above one that was moved, and the first one that was moved stays', () => {
  const anyMoves = fc.array(fc.tuple(anyName, anyPlace), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(anySteps, anyMoves, (steps, moves) => {
      const moved = new Map(moves);
      const places = placesOf(steps, moved);
      expect(overlapping(boxesOf(steps, places))).toBe(0);
      const first = [...moved.keys()].find((name) => places[name] !== undefined);
      if (first !== undefined) expect(places[first]).toEqual(moved.get(first));
    }),
  );
});

test('steps that follow one another stand from left to right', () => {
  const size = { width: 220, height: 80 };
  const places = arranged([
    { name: 'last', size, to: [] },
    { name: 'middle', size, to: ['last'] },
    { name: 'first', size, to: ['middle', 'last'] },
  ]);
  expect(places['first']?.x).toBeLessThan(places['middle']?.x ?? Number.NaN);
  expect(places['middle']?.x).toBeLessThan(places['last']?.x ?? Number.NaN);
});
