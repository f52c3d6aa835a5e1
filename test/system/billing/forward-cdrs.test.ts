import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hour, second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { connect } from '../cloud.ts';
import { newAdministeredTenant, newKey, uniqueName } from '../tenant.fixture.ts';

/** `npm run forward-cdrs` beside a switch that appends to its file and rotates it. */

const begin = Math.floor(Date.now() / second) * second - hour;
const utc = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** An answered call of 30 seconds, as Asterisk writes it. */
function lineOf(call: number): string {
  const times = [0, 5, 35].map((after) => `"${utc(begin + (call + after) * second)}"`).join(',');
  const before = '"","1001","+12025550102","from-internal","","SIP/1","SIP/2","Dial",""';
  return `${before},${times},35,30,"ANSWERED","DOCUMENTATION","call-${call}",""\n`;
}

test('each line counts once, whatever is killed, rotated or broken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-forward-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const cloud = connect();
  const tenant = await newAdministeredTenant(uniqueName('forward'));
  const key = await newKey(cloud, tenant.token);
  const [file, state] = [join(folder, 'Master.csv'), join(folder, '.forwarded.json')];
  const places = (): string => (existsSync(state) ? readFileSync(state, 'utf8') : '');
  const forward = (...more: readonly string[]): ChildProcess => {
    const settings = [
      '--url',
      cloud.outputs.ApiUrl,
      '--format',
      'asterisk',
      '--timezone',
      'UTC',
      '--files',
      'Master.csv*',
    ];
    const env = { ...process.env, TRUNKLINE_KEY: key.token };
    return spawn(process.execPath, ['bin/forward-cdrs.ts', folder, ...settings, ...more], { env, stdio: 'ignore' });
  };
  let written = 0;
  const write = (calls: number): void => {
    appendFileSync(file, Array.from({ length: calls }, (_, at) => lineOf(written + at)).join(''));
    written += calls;
  };
  const rotate = (): void => {
    appendFileSync(file, '"broken\n');
    renameSync(file, `${file}.1`);
  };
  write(700);
  for (const between of [write, rotate, write]) {
    const before = places();
    const child = forward();
    await eventually(() => places() !== before, 20_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    between(300);
  }
  write(1);
  const [code] = (await once(forward('--once'), 'exit')) as [number | null];
  expect(code).toBe(0);
  await eventually(async () => {
    const start = new Date(begin - hour).toISOString();
    const { body } = await tenant.ask('GET', `/cdr?limit=1&totals=true&start=${start}`);
    expect(body).toMatchObject({ totals: { calls: written } });
  }, 30_000);
  const rejected = readFileSync(`${state}.rejected.jsonl`, 'utf8').trim().split('\n');
  expect(new Set(rejected.map((line) => (JSON.parse(line) as { readonly record: string }).record))).toEqual(
    new Set(['"broken']),
  );
});
