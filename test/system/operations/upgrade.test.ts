// Own cloud: starts with data of earlier versions.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostUseRow } from '#dynamodb/rows/host-use.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { HostUse } from '#telephony/shared-host.ts';
import { eventually } from '#test/support/eventually.ts';
import { textAt } from '#test/support/example-request.ts';
import { readableAs, recordedPassword, type RecordedAnswer } from '#test/upgrade/recorded.ts';
import { connect, logIn, startCloud, type OwnCloud } from '../cloud.ts';
import { storeOf } from '../people.ts';

/** Today's code on copies of the data directories of landed versions (test/upgrade/README.md). */

const folder = new URL('../../upgrade/', import.meta.url).pathname;
const versions = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const local = describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined);

test('the last landed version has a data directory', () => {
  expect(versions).toContain('0.1.0-7dae07c');
});

local.each(versions)('the data of %s', (version) => {
  const recorded = JSON.parse(readFileSync(join(folder, version, 'answers.json'), 'utf8')) as RecordedAnswer[];
  const dataDir = mkdtempSync(join(tmpdir(), 'trunkline-upgrade-'));
  let cloud: OwnCloud;
  let token: string;

  beforeAll(async () => {
    cpSync(join(folder, version, 'data'), dataDir, { recursive: true });
    cloud = await startCloud({ DATA_DIR: dataDir, ADMIN_PASSWORD: 'Not-The-Recorded-One-1' });
    token = await logIn(cloud, 'admin', recordedPassword);
  });
  afterAll(async () => {
    await cloud.stop();
    rmSync(dataDir, { recursive: true });
  });

  const call = (method: string, path: string, json?: object) =>
    cloud.api(path, {
      method,
      token,
      headers: { accept: 'application/json' },
      ...(json === undefined ? {} : { json }),
    });

  /** The path of the resource that a recorded path names. */
  const pathOf = (start: string): string =>
    (recorded.find(({ path }) => path.startsWith(start))?.path ?? '').replace(/\?.*/, '?org_id=1001');

  test('logs its users in, and a wrong password not', async () => {
    await expect(logIn(cloud, 'ada', recordedPassword)).resolves.toMatch(/./);
    await expect(logIn(cloud, 'ada', 'Not-The-Recorded-One-1')).rejects.toThrow('401');
  });

  test.each(recorded.map(({ path, answer }) => [path, answer] as const))('reads back GET %s', async (path, answer) => {
    const { status, body } = await call('GET', path);
    expect(status).toBe(200);
    const today = { answer: readableAs(body) };
    expect(today).toMatchObject({ answer: readableAs(answer) });
  });

  test('has its event log, in one chain with new entries', async () => {
    const search = async (type: string) =>
      textAt(
        (await call('POST', '/eventlog/1001', { event_types: [type] })).body,
        'data',
        'pagination',
        'total_records',
      );
    expect(await search('door.opened')).toBe('1');
    const made = { event_type: 'door.closed', description: 'The server room was closed', severity: 'info' };
    expect((await call('PUT', '/eventlog/1001', made)).status).toBe(201);
    await eventually(async () => (await search('door.closed')) === '1');
  });

  type Ip = {
    readonly address: string;
    readonly trunk_id: string;
    readonly trusted: boolean;
    readonly proven: boolean;
  };

  /** The sweeper completes what earlier versions stored in its first minute. */
  const sweep = 150_000;

  test('has its trunk addresses without proof in the list of their seller, each named by one event', async () => {
    const listed = async (query: string) =>
      ((await call('GET', `/siptrunkips/all?${query}`)).body as { readonly data: { readonly ips: readonly Ip[] } }).data
        .ips;
    const stored = await listed('org_id=1001');
    expect(stored.map(({ address }) => address)).toEqual(['203.0.113.20']);
    const unproven = stored.filter(({ trusted, proven }) => !trusted && !proven);
    await eventually(async () => expect(await listed('proof=missing')).toEqual(unproven), sweep);
    for (const { trunk_id: trunk } of unproven) {
      const events = await call('GET', `/events/trunk/${trunk}?type=trunkip.unproven&org_id=1001`);
      expect((events.body as { readonly data: { readonly events: readonly object[] } }).data.events).toHaveLength(1);
    }
  });

  test.each(['siptrunk/trunk_', 'sipgateways/gw_'])(
    'has the host of its %s in the index, since its creation',
    async (of) => {
      const path = pathOf(`/${of}`);
      const { body } = await call('GET', path);
      const host = textAt(body, 'data', 'host');
      const query = { org_id: 1_001, id: textAt(body, 'data', 'id'), since: textAt(body, 'data', 'created_at') };
      const table = tableFor(storeOf(cloud.outputs), 0);
      await eventually(async () => {
        const { items } = await table.query<'host', HostUse, { host: string }>(hostUseRow, { host });
        expect(items).toMatchObject([{ ...query, reseller: null, consent: null }]);
      }, sweep);
    },
  );

  test('can be changed: a read resource takes an update', async () => {
    const changed = await call('POST', pathOf('/siptrunk/trunk_'), { max_channels: 7 });
    expect([changed.status, textAt(changed.body, 'data', 'max_channels')]).toEqual([200, '7']);
  });
});
