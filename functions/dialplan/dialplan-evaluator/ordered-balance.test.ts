import { expect, test } from 'vitest';
import { orderBalance } from './ordered-balance.ts';

const charges = [
  { period: '2026-10', charges: 1 },
  { period: '2026-11', charges: 2 },
];

test('a balance has the item of credits of the earlier read', () => {
  const [read, latest] = [
    { credits: 10, reserved: 4 },
    { credits: 12, reserved: 6 },
  ];
  expect(orderBalance(read, [...charges, latest])).toEqual({ balance: [read, ...charges], isExact: true, latest });
});

test('a balance is not exact if a reservation has ended between the reads', () => {
  const [read, latest] = [{ reserved: 4 }, { reserved: 4, released: 4 }];
  expect(orderBalance(read, [...charges, latest])).toMatchObject({ isExact: false, latest });
});

test('a balance without credits has none', () => {
  expect(orderBalance({}, charges)).toEqual({ balance: [{}, ...charges], isExact: true, latest: {} });
});
