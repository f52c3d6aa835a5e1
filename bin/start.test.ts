import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('a data directory that cannot be written is reported in one sentence', async () => {
  writeFileSync(join(folder, 'file'), '');
  const { code, errors } = await start({ DATA_DIR: join(folder, 'file/below') });
  expect(code).toBe(1);
  expect(errors).toMatch(
    /^The data directory .*\/file\/below cannot be written \(.*\): set DATA_DIR to another one\.\n$/,
  );
});

test.each([
  [
    'HOST',
    'phones.example',
    'HOST is phones.example, but must be an IPv4 address of this machine, or 0.0.0.0 for all of them.\n',
  ],
  ['HOST', '192.0.2.1', 'HOST is 192.0.2.1, which is no address of this machine.\n'],
  [
    'ADMIN_PASSWORD',
    'admin123',
    'ADMIN_PASSWORD must have at least 12 characters. Without it, a password is generated.\n',
  ],
  ['PORT', 'http', 'PORT is http, but must be a number from 0 (any free port) to 65535.\n'],
  ['SIP_T1', '5', 'SIP_T1 is 5, but must be a number of milliseconds from 10 to 9999.\n'],
  ['FAULTS', 'many', 'FAULTS is many, but must be a seed such as 7, or JSON such as {"seed":7,"throttle":0.02}.\n'],
])('an invalid setting (%s) is reported in one sentence', async (name, value, sentence) => {
  expect(await start({ [name]: value })).toEqual({ code: 1, errors: sentence });
});
