import { expect, test } from 'vitest';
import {
  limitOfSides,
  placedSides,
  renewSides,
  replaceSide,
  sourceReservation,
  transferReservation,
} from './call-limits.ts';

const free = { seconds: null, isReserved: false };
const reserved = (seconds: number) => ({ seconds, isReserved: true });
const limited = (seconds: number) => ({ seconds, isReserved: false });

test.each([
  { of: 'neither side', source: free, destination: free, seconds: null, isReserved: false },
  { of: 'the destination', source: free, destination: reserved(100), seconds: 100, isReserved: true },
  {
    of: 'the source, which the ringing shortens',
    source: reserved(100),
    destination: free,
    seconds: 70,
    isReserved: true,
  },
  { of: 'the shorter side', source: limited(90), destination: reserved(100), seconds: 60, isReserved: true },
  { of: 'a side that ends in the ringing', source: reserved(20), destination: free, seconds: 0, isReserved: true },
])('the limit of a call is that of $of', ({ source, destination, ...limit }) => {
  expect(limitOfSides(placedSides('c', { source, destination }, 30))).toMatchObject({
    seconds: limit.seconds,
    isReserved: limit.isReserved,
  });
});

const renewed =
  (seconds: Readonly<Record<string, number>>) =>
  async (reservation: string): Promise<number | null> =>
    seconds[reservation] ?? null;

test('both reservations are renewed, and the shorter one limits the call', async () => {
  const sides = placedSides('c', { source: reserved(100), destination: reserved(100) }, 30);
  expect(await renewSides(sides, renewed({ c: 500, [sourceReservation('c')]: 400 }))).toBe(370);
});

test('a renewed side does not pass the limit of the other', async () => {
  const sides = placedSides('c', { source: limited(90), destination: reserved(50) }, 30);
  expect(await renewSides(sides, renewed({ c: 500 }))).toBe(60);
});

test('without one of the reservations the call does not become longer', async () => {
  const sides = placedSides('c', { source: reserved(100), destination: reserved(100) }, 30);
  expect(await renewSides(sides, renewed({ c: 500 }))).toBeNull();
});

test('a party to which the call is transferred limits it from its decision on, and the one before no more', () => {
  const sides = placedSides('c', { source: free, destination: reserved(60) }, 30);
  const by = { side: 'destination', reservation: transferReservation('c', 1), limit: reserved(100), from: 40 } as const;
  expect(limitOfSides(replaceSide(sides, by))).toEqual({ seconds: 140, isReserved: true });
  expect(limitOfSides(replaceSide(sides, { ...by, limit: free }))).toEqual({ seconds: null, isReserved: false });
});
