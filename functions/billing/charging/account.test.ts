import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { covers, coveringBound, isAmple, orderBalance, readCredits, reservable, type Account } from './account.ts';
import type { BalancePart } from '../schema/balance.ts';

const profile = profileOf();

const reservationOf = (amount: bigint) => ({ amount: money(amount) });

const accountOf = (
  balance: readonly BalancePart[],
  {
    replaced = null,
    creditLimit = 0n,
  }: { readonly replaced?: Account['replaced']; readonly creditLimit?: bigint } = {},
): Account => ({ profile: { ...profile, creditLimit: money(creditLimit) }, balance, replaced });

const parts = [
  { credits: 1_000, reserved: 700, released: 300 },
  { period: '2026-11', charges: 100 },
];

test('a call may reserve what credits, charges and other reservations leave', () => {
  expect(reservable(accountOf(parts))).toBe(500n);
  expect(reservable(accountOf(parts, { creditLimit: 50n }))).toBe(550n);
  expect(reservable(accountOf(parts, { replaced: reservationOf(150n) }))).toBe(650n);
});

test('an amount is covered up to credits + limit − charges + released − amount', () => {
  expect(coveringBound(accountOf(parts), money(200n))).toBe(1_000n - 100n + 300n - 200n);
  expect(coveringBound(accountOf(parts, { creditLimit: 50n }), money(200n))).toBe(1_050n);
  expect(coveringBound(accountOf(parts, { replaced: reservationOf(150n) }), money(200n))).toBe(1_150n);
  expect(readCredits(accountOf(parts))).toBe(1_000);
  expect(readCredits(accountOf([]))).toBeUndefined();
});

test('the available credit covers an amount up to all of it, and nothing always', () => {
  const account = accountOf(
    [
      { credits: 100, reserved: 30, released: 10 },
      { period: '2026-11', charges: 20 },
    ],
    { creditLimit: 50n },
  );
  expect(covers(account, money(110n))).toBe(true);
  expect(covers(account, money(111n))).toBe(false);
  const owing = accountOf([{ credits: 0 }, { period: '2026-11', charges: 20 }]);
  expect(covers(owing, money(0n))).toBe(true);
  expect(covers(owing, money(1n))).toBe(false);
});

const charges = [
  { period: '2026-10', charges: 1 },
  { period: '2026-11', charges: 2 },
];

test('a balance has the item of credits of the earlier read', () => {
  const [read, latest] = [
    { credits: 10, reserved: 4 },
    { credits: 12, reserved: 6 },
  ];
  expect(orderBalance(read, [...charges, latest])).toEqual({ balance: [read, ...charges], doubled: 0n, latest });
});

test('a balance is not exact if a reservation has ended between the reads', () => {
  const [read, latest] = [{ reserved: 4 }, { reserved: 4, released: 4 }];
  expect(orderBalance(read, [...charges, latest])).toMatchObject({ doubled: 4n, latest });
});

test('a balance without credits has none', () => {
  expect(orderBalance({}, charges)).toEqual({ balance: [{}, ...charges], doubled: 0n, latest: {} });
});

test.each([
  [400n, 3n, true],
  [400n, 4n, false],
  [0n, 0n, false],
  [-1n, 1n, false],
])('with %s left, an amount of %s may count twice: %s', (left, doubled, expected) => {
  expect(isAmple(profile, [{ credits: Number(left) }], money(doubled))).toBe(expected);
});

/** The item of credits and the charges, as the table has them, with the conditions of the transactions. */
function tableOf(credits: number) {
  const item = { credits, reserved: 0, released: 0 };
  let charges = 0;
  const open = new Map<number, number>();
  const end = (call: number): number => {
    const amount = open.get(call) ?? 0;
    open.delete(call);
    item.released += amount;
    return amount;
  };
  return {
    readItem: (): BalancePart => ({ ...item }),
    readCharges: (): BalancePart => ({ period: '2026-11', charges }),
    /** @returns whether the conditions held */
    reserve: (call: number, account: Account, amount: bigint): boolean => {
      const held = account.replaced === null ? undefined : Number(account.replaced.amount);
      const isCovered = item.reserved <= coveringBound(account, money(amount));
      if (open.get(call) !== held || !isCovered || item.credits < Number(readCredits(account) ?? 0)) return false;
      end(call);
      open.set(call, Number(amount));
      item.reserved += Number(amount);
      return true;
    },
    reservedBy: (call: number) => open.get(call),
    /** A CDR: the charge is a part of what was reserved. */
    settle: (call: number, share: number): void => {
      charges += Math.floor(end(call) * share);
    },
    release: (call: number): void => void end(call),
    book: (amount: number): void => {
      item.credits += amount;
    },
    left: (): number => item.credits - charges - (item.reserved - item.released),
    open: (): number => [...open.values()].reduce((sum, amount) => sum + amount, 0),
    outstanding: (): number => item.reserved - item.released,
  };
}

/** One step of a caller, or an event that comes between the steps of others. */
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('step' as const), caller: fc.nat(3) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('settle' as const), caller: fc.nat(3), share: fc.nat(100) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), caller: fc.nat(3) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('book' as const), amount: fc.integer({ min: -50, max: 50 }) }),
    },
  ),
  { maxLength: 120 },
);

describe('callers whose reads and writes interleave in any way', () => {
  test('reserve no more than the account has, and what is released can be reserved again', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 4, maxLength: 4 }), (all, wanted) => {
        const table = tableOf(100);
        const reads = new Map<number, { item: BalancePart; charges?: BalancePart; replaced: number | undefined }>();
        for (const step of all) {
          if (step.kind === 'settle') table.settle(step.caller, step.share / 100);
          if (step.kind === 'release') table.release(step.caller);
          if (step.kind === 'book') table.book(step.amount);
          if (step.kind !== 'step') continue;
          const { caller } = step;
          const read = reads.get(caller);
          if (read === undefined) {
            reads.set(caller, { item: table.readItem(), replaced: table.reservedBy(caller) });
          } else if (read.charges === undefined) {
            reads.set(caller, { ...read, charges: table.readCharges() });
          } else {
            reads.delete(caller);
            const replaced = read.replaced === undefined ? null : reservationOf(BigInt(read.replaced));
            const account = accountOf([read.item, read.charges], { replaced });
            const available = Number(reservable(account));
            const amount = Math.min(wanted[caller] ?? 1, available);
            if (amount > 0 && table.reserve(caller, account, BigInt(amount)))
              expect(table.left()).toBeGreaterThanOrEqual(0);
          }
          expect(table.outstanding()).toBe(table.open());
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
