import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'start-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The processes (Linux) whose environment names a data directory. */
const processesOf = (dataDir: string): readonly string[] =>
  globSync('/proc/[0-9]*/environ').filter((file) => {
    try {
      return readFileSync(file, 'utf8').includes(dataDir);
    } catch {
      // It has ended, or is another user's.
      return false;
    }
  });

/** Runs bin/start.ts until it ends. */
async function start(environment: Record<string, string>): Promise<{ code: number; errors: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts')], {
    env: { PATH: process.env['PATH'], DATA_DIR: join(folder, 'data'), PORT: '0', SIP_PORT: '0', ...environment },
  });
  const [[code], errors] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  return { code: Number(code), errors };
}

test('a port in use is reported in one sentence', async () => {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await start({ PORT: String(port) })).toEqual({
    code: 1,
    errors: `Port ${port} is in use: stop what uses it, or set PORT to another one (0 picks a free port).\n`,
  });
  server.close();
});

test.each(['SIP_PORT', 'SIP_TLS_PORT', 'SIP_WS_PORT'])('a port of SIP in use is reported with %s', async (setting) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await start({ [setting]: String(port), DATA_DIR: join(folder, setting) })).toEqual({
    code: 1,
    errors: `Port ${port} is in use: stop what uses it, or set ${setting} to another one (0 picks a free port).\n`,
  });
  server.close();
  await vi.waitUntil(() => processesOf(join(folder, setting)).length === 0, { timeout: 60_000 });
});

test('an invalid setting is reported in one sentence', async () => {
  expect(await start({ PORT: 'http' })).toEqual({
    code: 1,
    errors: 'PORT is http, but must be a number from 0 (any free port) to 65535.\n',
  });
});
