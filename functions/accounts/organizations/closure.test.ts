import { expect, test } from 'vitest';
import { assertClosable, presentClosed } from './closure.ts';

const customer = { type: 'customer', parent_id: 1001 } as const;
const parent = { organization: 1001, reach: 'children' } as const;
const nothing = { counts: {}, balance: [], tasks: 0, calls: 0 };

const closing =
  (possessions: Parameters<typeof assertClosable>[2], caller: Parameters<typeof assertClosable>[1] = parent) =>
  (): void => {
    assertClosable(customer, caller, possessions);
  };

test('the parent closes an organization that owns nothing', () => {
  expect(closing(nothing)).not.toThrow();
  expect(closing({ ...nothing, counts: { users: 5, devices: 2, numbers: 0 } })).not.toThrow();
});

test('parts of a balance that add up to zero do not block', () => {
  const balance = [{ credits: 5_000_000 }, { charges: 2_000_000 }, { charges: 3_000_000n }];
  expect(closing({ ...nothing, balance })).not.toThrow();
});

test.each([
  ['credit that is left', { credits: 1 }],
  ['a debt', { charges: 1 }],
])('%s blocks', (_what, part) => {
  expect(closing({ ...nothing, balance: [part] })).toThrow(
    expect.objectContaining({ details: [{ path: 'balance', message: 'a balance other than zero' }] }),
  );
});

test('every kind of resource that blocks is named with its count', () => {
  const possessions = {
    counts: { children: 1, numbers: 2, trunks: 3, active_domains: 4 },
    balance: [{ charges: 1 }],
    tasks: 5,
    calls: 6,
  };
  expect(closing(possessions)).toThrow(
    expect.objectContaining({
      code: 'ORG_HAS_RESOURCES',
      details: [
        { path: 'children', message: '1 child organizations' },
        { path: 'numbers', message: '2 numbers' },
        { path: 'trunks', message: '3 trunks' },
        { path: 'active_domains', message: '4 active domains' },
        { path: 'tasks', message: '5 running tasks' },
        { path: 'calls', message: '6 calls in progress' },
        { path: 'balance', message: 'a balance other than zero' },
      ],
    }),
  );
});

test('an organization is closed by its parent or the operator only, and the operator never', () => {
  expect(closing(nothing, { organization: 1000, reach: 'all' })).not.toThrow();
  expect(closing(nothing, { organization: 1002, reach: 'own' })).toThrow(
    expect.objectContaining({ code: 'NOT_THE_PARENT' }),
  );
  expect(() => {
    assertClosable({ type: 'operator', parent_id: null }, { organization: 1000, reach: 'all' }, nothing);
  }).toThrow(expect.objectContaining({ code: 'OPERATOR_ORG' }));
});

test('the answer names the organization and the time', () => {
  expect(presentClosed(1001, '2026-11-20T10:00:00.000Z')).toEqual({
    id: 'org_1001',
    deleted_at: '2026-11-20T10:00:00.000Z',
    status: 'closed',
  });
});
