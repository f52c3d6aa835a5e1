// Own cloud: changes the sources that it runs.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { adminPassword, connect, outputsFileIn, type Cloud } from '../cloud.ts';
import { signInAt } from '../console.fixture.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { logInAsOperator, newAdministeredTenant } from '../tenant.fixture.ts';

/** Milliseconds for bundling and synthesizing the whole project twice. */
const timeout = 60_000;

const project = mkdtempSync(join(tmpdir(), 'trunkline-dev-'));
const dataDir = join(project, '.local');
let dev: ChildProcess;
let printed = '';
let cloud: Cloud;

/** A copy of the project, whose sources a test may change. Its packages are the installed ones, its caches its own. */
function copyProject(): void {
  const files = ['cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json'];
  for (const name of ['bin', 'functions', 'infra', 'shared', ...files])
    cpSync(name, join(project, name), { recursive: true });
  mkdirSync(join(project, 'node_modules'));
  for (const name of readdirSync('node_modules').filter((each) => each !== '.cache'))
    symlinkSync(join(process.cwd(), 'node_modules', name), join(project, 'node_modules', name));
}

function edit(file: string, replace: (content: string) => string): void {
  const path = join(project, file);
  const before = readFileSync(path, 'utf8');
  const after = replace(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

const versionServed = async (): Promise<unknown> =>
  ((await cloud.api('/health')).body as { version?: unknown }).version;

beforeAll(async () => {
  copyProject();
  dev = spawn(process.execPath, ['bin/dev.ts'], {
    cwd: project,
    env: {
      ...process.env,
      PORT: '0',
      SIP_PORT: '0',
      MEDIA_RELAY: 'none',
      DATA_DIR: dataDir,
      PASSWORD_COST: '12',
      ADMIN_PASSWORD: adminPassword,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [dev.stdout, dev.stderr]) stream?.on('data', (chunk) => (printed += String(chunk)));
  await eventually(() => expect(printed).toContain('Watching'), timeout);
  cloud = connect(outputsFileIn(dataDir));
});

afterAll(async () => {
  const ended = once(dev, 'exit');
  dev.kill('SIGINT');
  await ended;
  rmSync(project, { recursive: true });
});

describe('the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, cloud.outputs.ApiUrl).href);

  test('has a gallery of its kit, without a violation of accessibility', async () => {
    const { username, password } = await newAdministeredTenant('gallery', {
      ...{ cloud, operator: await logInAsOperator(cloud) },
    });
    const { page, complaints } = await signInAt(open, username, password);
    await page.evaluate("location.hash = '/gallery'");
    await page.getByRole('heading', { name: 'Gallery' }).waitFor();
    await expectFlawless(page, 'gallery');
    expect(complaints).toEqual([]);
  });
});

test('a function runs its changed source under the running cloud', async () => {
  edit('shared/version.ts', (source) => source.replace(/= .*;/, "= '99.0.0';"));
  await eventually(async () => expect(await versionServed()).toBe('99.0.0'), timeout);
  expect(printed).toMatch(/Replaced .*\bhealth\b.*: \d+ bundled in \d+ ms/);
  expect(printed).not.toContain('restarting');
});

test('a source that does not compile leaves the function as it was, and the next version replaces it', async () => {
  edit('shared/version.ts', (source) => source.replace('99.0.0', '99.0.1').replace(';', '))'));
  await eventually(() => expect(printed).toContain('shared/version.ts:'), timeout);
  expect(await versionServed()).toBe('99.0.0');
  edit('shared/version.ts', (source) => source.replace('))', ';'));
  await eventually(async () => expect(await versionServed()).toBe('99.0.1'), timeout);
});

test('a change of a contract shows in what the build derives from all contracts', async () => {
  edit('functions/system/health/contract.ts', (source) => source.replace(/summary: '/, "summary: 'Edited: "));
  const document = async (): Promise<unknown> => (await cloud.api('/openapi.json')).body;
  await eventually(
    async () =>
      expect(await document()).toMatchObject({
        paths: { '/health': { get: { summary: expect.stringMatching(/^Edited: /) as string } } },
      }),
    timeout,
  );
  expect(printed).toMatch(/Replaced .*\bdocuments\b/);
});

test('a change of the templates restarts the cloud at the same address', async () => {
  edit('infra/stacks/operations-stack.ts', (source) => source.replace("'AlarmTopic', {", "'Alarms2', {"));
  await eventually(
    () => expect(printed).toMatch(/templates of Trunkline-local-operations changed: restarting/),
    timeout,
  );
  await eventually(() => expect(printed.split('Watching')).toHaveLength(3), timeout);
  expect(connect(outputsFileIn(dataDir)).outputs['Alarms2']).toBeDefined();
  expect(await versionServed()).toBe('99.0.1');
});
