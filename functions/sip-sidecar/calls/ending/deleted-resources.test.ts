import { beforeEach, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { aCall, aLeg } from '#telephony/call.fixture.ts';
import type { Call } from '#telephony/call.ts';
import type { PhoneLine } from '#schema/phone.ts';
import { endCallsOfDeleted } from './deleted-resources.ts';

const now = new Date('2026-11-22T10:00:00.000Z');
const running = testStore();
let organization = 6_500;
beforeEach(() => {
  organization += 1;
});

/** The causes for which calls are ended. */
async function ended(...calls: readonly Partial<Call>[]): Promise<readonly string[]> {
  const causes: string[] = [];
  await endCallsOfDeleted({
    tableOf: (of) => tableFor(running.store, of),
    clock: () => now,
    calls: () =>
      calls.map((fields) => ({
        record: aCall({ org_id: organization, channels: [], legs: [], ...fields }),
        end: (cause) => void causes.push(cause),
      })),
  });
  return causes;
}

const outbound = 'outbound';

test('a call ends with its trunk, gateway or number', async () => {
  const over = (kind: 'trunk' | 'gateway' | 'number', id: string) =>
    ({
      channels: [{ kind, id, direction: outbound }],
    }) as const;
  expect(await ended(over('trunk', 'trunk_1'), over('gateway', 'gw_1'), over('number', '+46890510'))).toEqual([
    'TRUNK_DELETED',
    'GATEWAY_DELETED',
    'NUMBER_RELEASED',
  ]);
});

test('a call ends with the device or line at one of its legs', async () => {
  const at = { kind: 'device', gateway_id: null, trunk_id: null } as const;
  expect(
    await ended(
      { legs: [aLeg({ ...at, device_id: 'dev_1' })] },
      { legs: [aLeg({ ...at, line: 'f8ab70c893d0e9f715094b' })] },
    ),
  ).toEqual(['DEVICE_DELETED', 'LINE_ENDED']);
});

const line: PhoneLine = {
  username: 'f8ab70c893d0e9f715094b',
  org_id: 1,
  user_id: null,
  domain: 'example.com',
  type: 'dynamic',
  allow_features: [],
  event_callback: null,
  created_at: '2026-11-22T09:00:00.000Z',
  expires_at: '2026-11-22T10:00:01.000Z',
  ended_at: null,
  version: 1,
};

test('a call of a live line goes on, and ends when the line has expired', async () => {
  const call = { legs: [aLeg({ kind: 'line', line: line.username })] };
  await commit(running.store, organization, [overwrite(phoneRow, line)]);
  expect(await ended(call)).toEqual([]);
  await commit(running.store, organization, [overwrite(phoneRow, { ...line, expires_at: now.toISOString() })]);
  expect(await ended(call)).toEqual(['LINE_ENDED']);
});

test('a device that only rings, or whose leg has ended, ends no call', async () => {
  expect(
    await ended(
      { channels: [{ kind: 'device', id: 'dev_1', direction: 'inbound' }] },
      { legs: [aLeg({ status: 'hangup', device_id: 'dev_1' })] },
    ),
  ).toEqual([]);
});

test('calls of a closed organization end, and a call that is over does not end again', async () => {
  await commit(running.store, organization, [
    overwrite(organizationRow, organizationOf(organization, { status: 'closed' })),
  ]);
  expect(await ended({}, { status: 'hangup' })).toEqual(['ORG_CLOSED']);
});
