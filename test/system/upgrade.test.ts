import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { textAt } from '../support/example-request.ts';
import { readableAs, recordedPassword, type RecordedAnswer } from '../upgrade/recorded.ts';
import { connect, logIn, startCloud, type OwnCloud } from './cloud.ts';

/** Today's code on copies of the data directories of landed versions (test/upgrade/README.md). */

const folder = new URL('../upgrade/', import.meta.url).pathname;
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

  test('can be changed: a read resource takes an update', async () => {
    const path = recorded.map((each) => each.path).find((each) => each.startsWith('/siptrunk/trunk_')) ?? '';
    const changed = await call('POST', path.replace(/\?.*/, '?org_id=1001'), { max_channels: 7 });
    expect([changed.status, textAt(changed.body, 'data', 'max_channels')]).toEqual([200, '7']);
  });
});
