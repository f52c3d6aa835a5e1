import { expect, test } from 'vitest';
import {
  afterDecision,
  afterWish,
  isOut,
  numberIn,
  optOutDetails,
  optOutEventType,
  presentOptOut,
  ShownOptOut,
  type OptOut,
} from './opt-out.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 20, 10, 0, second)).toISOString();
const wish = (state: OptOut['state'], second: number) => ({
  number: '+14155551234',
  state,
  source: 'keyword' as const,
  reason: state === 'opted_out' ? 'STOP' : 'START',
  at: at(second),
});
const known = (state: OptOut['state'], second: number): OptOut => ({ ...wish(state, second), version: 3 });

test('the first wish counts', () => {
  expect(afterWish(undefined, wish('opted_out', 1))).toEqual({ ...wish('opted_out', 1), version: 1 });
});

test.each([
  [known('opted_in', 1), wish('opted_out', 2), 'opted_out'],
  [known('opted_in', 2), wish('opted_out', 1), undefined],
  [known('opted_out', 1), wish('opted_in', 2), 'opted_in'],
  [known('opted_out', 2), wish('opted_in', 1), undefined],
  [known('opted_out', 1), wish('opted_in', 1), undefined],
  [known('opted_in', 1), wish('opted_out', 1), 'opted_out'],
  [known('opted_out', 1), wish('opted_out', 1), undefined],
] as const)('after %j, %j leaves %s', (before, next, left) => {
  expect(afterWish(before, next)?.state).toBe(left);
});

test('a decision of a client counts whatever is known, and is not older', () => {
  const decision = { number: '+14155551234', state: 'opted_in', reason: 'asked by phone' } as const;
  expect(afterDecision(known('opted_out', 9), decision, new Date(at(5)))).toEqual({
    ...decision,
    source: 'api',
    at: at(9),
    version: 4,
  });
  expect(afterDecision(undefined, decision, new Date(at(5)))).toMatchObject({ at: at(5), version: 1 });
});

test('a number has opted out while its latest wish is that', () => {
  expect([undefined, known('opted_in', 1), known('opted_out', 1)].map((item) => isOut(item))).toEqual([
    false,
    false,
    true,
  ]);
});

test('the event says what changed', () => {
  const [out, back] = [known('opted_out', 1), known('opted_in', 2)];
  expect([out, back].map(optOutEventType)).toEqual(['sms.optout', 'sms.optin']);
  expect(optOutDetails(undefined, out).fields).toMatchObject({ was: null, state: 'opted_out' });
  expect(optOutDetails(out, back).fields).toMatchObject({ was: 'opted_out', state: 'opted_in' });
});

test('an opt-out is shown in the declared form', () => {
  expect(ShownOptOut.parse(presentOptOut(known('opted_out', 1)))).toEqual({
    number: '+14155551234',
    state: 'opted_out',
    source: 'keyword',
    reason: 'STOP',
    at: at(1),
  });
});

test('a number in a path has a plus or none', () => {
  expect(['+14155551234', '14155551234', ' 14155551234'].map(numberIn)).toEqual(Array(3).fill('+14155551234'));
  for (const path of ['', '+', '04155551234', '++14155551234', '1415-555', '+1234567890123456', 'Acme'])
    expect(() => numberIn(path)).toThrow(
      expect.objectContaining({ code: 'INVALID_PHONE_NUMBER', details: [expect.objectContaining({ path: 'number' })] }),
    );
});
