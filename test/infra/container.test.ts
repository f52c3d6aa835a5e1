import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, constants, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { portVariable } from '#contract/resource.ts';
import { mediaRelay } from '#functions/media-relay/contract.ts';
import { sipSidecar } from '#functions/sip-sidecar/contract.ts';
import { bundleServices } from '#infra/bundle.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { announcementLanguages } from '#schema/recording-notice.ts';
import { eventually } from '../support/eventually.ts';
import { testStore } from '../support/store.fixture.ts';

/** Tests the image without building it: runs what its Dockerfile copies, as its user, with nothing else readable. */

const folder = mkdtempSync(join(tmpdir(), 'trunkline-container-'));
const context = join(folder, sipSidecar.name);
/** A copy of Node, as the user of the image may not be able to enter the folder of the checkout. */
const node = join(folder, 'node');
/** User of the image; only root may switch to another user. */
const user = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {};

const running = testStore();
let credentials: Server;
const askedFor: string[] = [];
const started: ChildProcess[] = [];

beforeAll(async () => {
  await bundleServices(folder);
  copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE);
  chmodSync(folder, 0o555);
  credentials = createServer((request, response) => {
    askedFor.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        AccessKeyId: 'task',
        SecretAccessKey: 'secret',
        Token: 'token',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(credentials, 'listening');
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  credentials.close();
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

test.each([
  [sipSidecar.name, ['index.mjs']],
  [mediaRelay.name, ['index.mjs', 'assets']],
])('the build context of the image of %s has every file that its Dockerfile copies', (name, files) => {
  const own = join(folder, name);
  const copied = [...readFileSync(join(own, 'Dockerfile'), 'utf8').matchAll(/^COPY (?:--\S+ )*(\S+) \.\/(\S*)$/gm)];
  expect(copied.map(([, from]) => from)).toEqual(files);
  for (const [, from = '', to] of copied) expect(from === 'index.mjs' ? '' : from).toBe(to);
  expect(readdirSync(own)).toEqual(expect.arrayContaining(files));
});

test('the image of the relay has the sounds of all languages', () => {
  const assets = join(folder, mediaRelay.name, 'assets');
  const sounds = [...announcementLanguages.map((language) => `${language}.ul`), 'music.ima', 'prompts'];
  expect(readdirSync(assets).toSorted()).toEqual(sounds.toSorted());
  expect(readdirSync(join(assets, 'prompts')).toSorted()).toEqual([...announcementLanguages].toSorted());
});

test('the bundle runs as the user of the image, reads only itself, writes nothing, uses the task role', async () => {
  const health = await freePort();
  const child = spawn(node, ['--permission', `--allow-fs-read=${context}`, 'index.mjs'], {
    ...user,
    cwd: context,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      // The container runtime sets it from the user list of the image.
      HOME: '/home/nonroot',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: running.url,
      TABLE_NAME: running.store.tableName,
      SIP_HOST: '127.0.0.1',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(credentials.address() as AddressInfo).port}/task-role`,
      ...Object.fromEntries(Object.keys(sipSidecar.ports).map((name) => [portVariable(name), '0'])),
      [portVariable('health')]: String(health),
    },
  });
  started.push(child);
  const said: string[] = [];
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()));
  const ready = () =>
    fetch(`http://127.0.0.1:${health}/ready`).then(
      ({ status }) => status,
      () => 0,
    );
  await eventually(async () => expect([child.exitCode, await ready()], said.join('')).toEqual([null, 200]), 15_000);
  expect(askedFor).toEqual(['/task-role']);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
