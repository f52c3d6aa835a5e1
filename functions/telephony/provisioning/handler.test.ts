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
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite, remove, type Write } from '#dynamodb/write.ts';
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

type Fetcher = (request: {
  readonly device: string;
  readonly secret: string;
  readonly file: string;
  readonly ip: string;
  readonly headers?: Readonly<Record<string, string>>;
}) => Promise<number | undefined>;

/** Phones of an organization, and requests for their files. @returns the status of each request */
function newOffice(organization: number) {
  const secrets = rotatedSecret<SecretName>();
  const environment = { PUBLIC_URL: 'https://trunkline.test' };
  // Without the scale of rate limits that other tests have.
  const dependencies = { ...testDependencies(running.store, { clock: manualClock() }), secrets, environment };
  const [handler, devices] = [provisioningHandler(dependencies), deviceHandler(dependencies)];
  const fetch: Fetcher = async ({ device, secret, file, ip, headers = {} }) => {
    const params = { deviceId: device, secret, file };
    const event = eventOf('GET /provision/{deviceId}/{secret}/{file}', { params, ip, headers });
    return (await handler(event, {} as Context)).statusCode;
  };
  const addPhones = async (count: number) => {
    const token = await tenants.join(organization);
    const phones: { readonly device: string; readonly secret: string; readonly mac: string }[] = [];
    for (let at = 0; at < count; at += 1) {
      const json = { ...deviceBody({ mark: `Desk ${at}` }), manufacturer: 'Yealink' };
      const { body } = await call(devices, 'PUT /devices/{id}', { token, params: { id: 'phone' }, json });
      const [device = '', secret = ''] = textAt(body, 'data', 'provisioning_url').split('/').slice(-3);
      phones.push({ device, secret, mac: textAt(body, 'data', 'mac_address').replaceAll(':', '').toLowerCase() });
    }
    return phones;
  };
  return { fetch, addPhones };
}

const manyGuesses = Array.from({ length: 25 }, (_, at) => `guess-${at}`);

test('an address is rejected after 20 wrong secrets in ten minutes, and other addresses are not', async () => {
  const { fetch } = newOffice(5_462);
  const wrong = { device: 'dev_none', file: '001565000001.cfg' };
  const statuses: (number | undefined)[] = [];
  for (const secret of manyGuesses) statuses.push(await fetch({ ...wrong, secret, ip: '192.0.2.1' }));
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 404), ...Array.from({ length: 5 }, () => 429)]);
  expect(await fetch({ ...wrong, secret: 'guess', ip: '192.0.2.2' })).toBe(404);
});

test('40 phones behind one address get their files, also beside a guesser of their secrets', async () => {
  const ip = '192.0.2.3';
  const { fetch, addPhones } = newOffice(5_463);
  const phones = await addPhones(40);
  // As its make does, a phone asks for other files before its own one.
  const filesOf = (mac: string) => ['y000000000000.boot', `${mac}.boot`, '001565ffffff.cfg', `${mac}.cfg`];
  const startAll = async () => {
    const answers = new Set<string>();
    for (const { device, secret, mac } of phones) {
      const statuses: (number | undefined)[] = [];
      for (const file of filesOf(mac)) statuses.push(await fetch({ device, secret, file, ip }));
      answers.add(statuses.join(' '));
    }
    return [...answers];
  };
  expect(await startAll()).toEqual(['404 404 404 200']);
  const guesses = new Map<number | undefined, number>();
  for (const { device, mac } of phones) {
    const status = await fetch({ device, secret: 'guess', file: `${mac}.cfg`, ip });
    guesses.set(status, (guesses.get(status) ?? 0) + 1);
  }
  expect([...guesses]).toEqual([
    [404, 20],
    [429, 20],
  ]);
  expect(await startAll()).toEqual(['404 404 404 200']);
});

test('requests that no secret would answer count as no guess, and look the same with a right secret', async () => {
  const { fetch, addPhones } = newOffice(5_464);
  const [{ device, secret, mac } = { device: '', secret: '', mac: '' }] = await addPhones(1);
  const plain = { headers: { 'x-forwarded-proto': 'http' } };
  const ip = '192.0.2.4';
  const boot = ['y000000000000.boot', '000000000000.cfg', `cfg${mac}`, 'snom370.htm', `${mac}-directory.xml`];
  const requests = [...boot.map((file) => ({ file })), { file: `${mac}.cfg`, ...plain }];
  const statuses = new Set<number | undefined>();
  for (const wrong of [...manyGuesses, secret])
    for (const request of requests) statuses.add(await fetch({ device, secret: wrong, ip, ...request }));
  expect([...statuses]).toEqual([404]);
  expect(await fetch({ device, secret: 'guess', file: `${mac}.cfg`, ip })).toBe(404);
});

/** A device of a user, and requests for its file. @param user null: of no user */
async function newDevice(organization: number, user: string | null, more: object = {}) {
  const clock = manualClock();
  const secrets = rotatedSecret<SecretName>();
  const environment = { PUBLIC_URL: 'https://trunkline.test' };
  const dependencies = { ...testDependencies(running.store, { clock, environment }), secrets };
  const token = await tenants.join(organization, user === null ? {} : { user: { id: user } });
  const body = {
    ...deviceBody({ mark: 'Desk' }),
    manufacturer: 'Yealink',
    ...more,
    ...(user === null ? {} : { user_id: user }),
  };
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
  const answer = async (secret: string) =>
    handler(
      eventOf('GET /provision/{deviceId}/{secret}/{file}', { params: { deviceId: id, secret, file } }),
      {} as Context,
    );
  const fetch = async (secret: string): Promise<number | undefined> => (await answer(secret)).statusCode;
  const [secret = ''] = textAt(created.body, 'data', 'provisioning_url').split('/').slice(-2);
  const fetchStatus = (): Promise<number | undefined> => fetch(secret);
  const fetchTag = async (): Promise<unknown> => (await answer(secret)).headers?.['ETag'];
  return { id, clock, configuration, fetch, fetchStatus, fetchTag };
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

test('the ETag of a file changes with the rules of its time zone, and with nothing else', async () => {
  const { clock, fetchTag } = await newDevice(5_465, null, { settings: { timezone: 'Asia/Jerusalem' } });
  const tags: unknown[] = [];
  for (const time of ['2027-06-10', '2027-06-11', '2028-01-01', '2029-06-10', '2029-06-11']) {
    clock.set(new Date(`${time}T12:00:00Z`));
    tags.push(await fetchTag());
  }
  const [first, , , last] = tags;
  expect(tags).toEqual([first, first, first, last, last]);
  expect(last).not.toBe(first);
});

test('the phone of a disabled or deleted user, and of a closed organization, has no file', async () => {
  const { fetchStatus } = await newDevice(5_466, 'usr_leaver');
  const table = tableFor<'user' | 'organization'>(running.store, 5_466);
  const user = await table.get(userRow, { id: 'usr_leaver' });
  const organization = await table.get(organizationRow, {});
  if (user === undefined || organization === undefined) throw new Error('there is no user');
  const statusAfter = async (...writes: readonly Write[]) => {
    await commit(running.store, 5_466, writes);
    return fetchStatus();
  };
  const setUser = (status: typeof user.status) => statusAfter(overwrite(userRow, { ...user, status }));
  const setOrganization = (status: typeof organization.status) =>
    statusAfter(overwrite(organizationRow, { ...organization, status }));
  expect([await setUser('active'), await setUser('disabled'), await setUser('pending')]).toEqual([200, 404, 200]);
  expect([await setOrganization('suspended'), await setOrganization('closed')]).toEqual([200, 404]);
  expect([await setOrganization('active'), await statusAfter(remove(userRow, user))]).toEqual([200, 404]);
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
