// Own cloud: signals its processes, as a supervisor does.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePort } from '#infra/local/free-port.ts';
import { eventually } from '../support/eventually.ts';
import { processesOf } from './processes.ts';

/** `npm start` under a supervisor, which signals npm alone. */

const dataDir = mkdtempSync(join(tmpdir(), 'trunkline-npm-'));
const ports = { PORT: '', SIP_PORT: '' };
beforeAll(async () => {
  ports.PORT = String(await freePort());
  ports.SIP_PORT = String(await freePort());
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

type Supervised = { readonly npm: ChildProcess; readonly family: readonly number[] };

async function startNpm(): Promise<Supervised> {
  const npm = spawn('npm', ['start'], {
    env: { ...process.env, ...ports, DATA_DIR: dataDir, PASSWORD_COST: '12' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  npm.stdout.resume();
  await eventually(async () => {
    const { status } = await fetch(`http://127.0.0.1:${ports.PORT}/health`);
    if (status !== 200) throw new Error(`GET /health answers ${status}`);
  }, 60_000);
  const family = processesOf(npm.pid ?? 0);
  onTestFinished(() => {
    for (const pid of family.filter(isRunning)) process.kill(pid, 'SIGKILL');
  });
  return { npm, family };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('SIGTERM to npm ends all of it before npm ends, and a restart finds the ports free', async () => {
  for (let start = 1; start <= 2; start += 1) {
    const { npm, family } = await startNpm();
    expect(family.length).toBeGreaterThan(3);
    npm.kill('SIGTERM');
    await once(npm, 'exit');
    expect(family.filter(isRunning)).toEqual([]);
  }
});

test('SIGKILL of npm ends all of it', async () => {
  const { npm, family } = await startNpm();
  npm.kill('SIGKILL');
  await eventually(() => expect(family.filter(isRunning)).toEqual([]), 20_000);
});
