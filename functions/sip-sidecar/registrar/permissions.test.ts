import { beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { addOrganization } from '#test/support/accounts.fixture.ts';
import { manualClock } from '#test/support/dependencies.fixture.ts';
import { userOf } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { AnyAccountItem } from '../../telephony/rows/sip-account.ts';
import { registrationPermissions } from './permissions.ts';

const running = testStore();
const organization = 1001;

const users = [
  userOf('usr_active', {}),
  userOf('usr_pending', { status: 'pending' }),
  userOf('usr_disabled', { status: 'disabled' }),
  userOf('usr_without', { access: { ...userOf('x', {}).access, softphone: false } }),
];

beforeAll(async () => {
  await addOrganization(running.store, organization);
  await commit(
    running.store,
    organization,
    users.map((user) => create(userRow, user)),
  );
});

/** The account of a phone of a user. */
function accountOf(kind: 'line' | 'softphone' | 'phone', user_id: string | null): AnyAccountItem {
  const account = { sip_username: 'f8ab70c893d0e9f715094b', org_id: organization, user_id, domain: 'd', ha1: [] };
  if (kind === 'line') {
    const expires_at = '2099-01-01T00:00:00.000Z';
    return { ...account, kind, other_ha1: [], allow_features: [], expires_at, version: 1 };
  }
  return { ...account, kind, device_id: 'dev_1', line_number: 1, extension: '201', password: '', version: 1 };
}

const permissions = () =>
  registrationPermissions(
    { tableOf: (of) => tableFor(running.store, of), clock: manualClock().now },
    { admits: async () => true },
  );

test.each([
  ['usr_active', [true, true, true]],
  ['usr_pending', [true, true, true]],
  ['usr_disabled', [false, false, false]],
  ['usr_without', [false, false, true]],
  ['usr_deleted', [false, false, false]],
  [null, [true, true, true]],
] as const)('of %s, a line, a softphone and a desk phone register: %j', async (user, expected) => {
  const mayRegister = permissions();
  const found = (['line', 'softphone', 'phone'] as const).map((kind) =>
    mayRegister(accountOf(kind, user), { transport: 'udp' }),
  );
  expect(await Promise.all(found)).toEqual(expected);
});

test('a desk phone of no user registers, unless its user was deleted and its credentials are old', async () => {
  const account = accountOf('phone', null);
  const accounts: readonly AnyAccountItem[] = account.kind === 'line' ? [] : [account, { ...account, locked: true }];
  const mayRegister = permissions();
  expect(await Promise.all(accounts.map((each) => mayRegister(each, { transport: 'udp' })))).toEqual([true, false]);
});
