import type { Context } from 'aws-lambda';
import { beforeAll, expect, test } from 'vitest';
import type { SecretName } from '#contract/effects.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { call, eventOf } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { deviceBody } from '../devices/example-requests.fixture.ts';
import { deviceHandler } from '../devices/handler.ts';
import { provisionRow } from '../rows/provision.ts';
import { provisioningHandler } from './handler.ts';

const running = testStore();
let tenants: Tenants;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
});

test('an address is rejected after 20 misses in ten minutes, and other addresses are not', async () => {
  const dependencies = {
    ...testDependencies(running.store),
    secrets: rotatedSecret<SecretName>(),
    environment: { PUBLIC_URL: 'https://api.example.com' },
  };
  const handler = provisioningHandler(dependencies);
  const guess = async (ip: string): Promise<number | undefined> => {
    const event = eventOf('GET /provision/{deviceId}/{secret}/{file}', {
      params: { deviceId: 'dev_none', secret: 'guess', file: 'a.cfg' },
      ip,
    });
    return (await handler(event, {} as Context)).statusCode;
  };
  const statuses: (number | undefined)[] = [];
  for (let at = 0; at < 21; at += 1) statuses.push(await guess('192.0.2.1'));
  expect([statuses.slice(0, 20).every((status) => status === 404), statuses.at(-1), await guess('192.0.2.2')]).toEqual([
    true,
    429,
    404,
  ]);
});

/** A device of a user, and requests for its file. @param user null: of no user */
async function newDevice(organization: number, user: string | null) {
  const clock = manualClock();
  const secrets = rotatedSecret<SecretName>();
  const environment = { PUBLIC_URL: 'https://trunkline.test' };
  const dependencies = { ...testDependencies(running.store, { clock, environment }), secrets };
  const token = await tenants.join(organization, user === null ? {} : { user: { id: user } });
  const body = { ...deviceBody({ mark: 'Desk' }), ...(user === null ? {} : { user_id: user }) };
  const created = await call(deviceHandler(dependencies), 'PUT /devices/{id}', {
    ...{ token, params: { id: 'phone' }, json: body },
  });
  const id = textAt(created.body, 'data', 'id');
  const handler = provisioningHandler(dependencies);
  const configuration = async (as: string, query: Readonly<Record<string, string>> = {}) =>
    handler(
      eventOf('GET /devices/{id}/config', { params: { id }, query, headers: { authorization: `Bearer ${as}` } }),
      {} as Context,
    );
  const { headers } = await configuration(token);
  const file = /filename="(.+)"/.exec(String(headers?.['Content-Disposition']))?.[1] ?? '';
  const fetch = async (secret: string): Promise<number | undefined> => {
    const params = { deviceId: id, secret, file };
    return (await handler(eventOf('GET /provision/{deviceId}/{secret}/{file}', { params }), {} as Context)).statusCode;
  };
  return { id, clock, configuration, fetch };
}

test('the previous secret of the URL fetches the file until its end, and not after', async () => {
  const { id, clock, fetch } = await newDevice(5_460, null);
  const table = tableFor<'provision'>(running.store, 0);
  const provision = await table.get(provisionRow, { device_id: id });
  if (provision === undefined) throw new Error('the device has no URL');
  const previous = { hash: secretHash('former'), valid_until: new Date(clock.now().getTime() + 600_000).toISOString() };
  await commit(running.store, 0, [overwrite(provisionRow, { ...provision, previous })]);
  expect(await fetch('former')).toBe(200);
  clock.advance(600);
  expect(await fetch('former')).toBe(404);
});

test('a user whose telephony:write is limited to own records reads passwords of its own devices only', async () => {
  const [own, other] = [await newDevice(5_461, 'usr_own'), await newDevice(5_461, 'usr_other')];
  const limited = await tenants.join(5_461, {
    user: { id: 'usr_own', roles: ['admin'] },
    session: { own_only: ['telephony:write'] },
  });
  const statusOf = async (of: typeof own, query: Readonly<Record<string, string>>) =>
    (await of.configuration(limited, query)).statusCode;
  expect([await statusOf(own, { secrets: 'true' }), await statusOf(other, { secrets: 'true' })]).toEqual([200, 404]);
  expect(await statusOf(other, {})).toBe(200);
});
