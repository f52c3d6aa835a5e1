import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { minute } from '#schema/time.ts';
import { past } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from '../system/browser.ts';
import { adminPassword, startCloud, type OwnCloud } from '../system/cloud.ts';
import { pagesOf, signInAt, waitForLists } from '../system/console.fixture.ts';
import { processesOf } from '../system/processes.ts';

needs('chromium');

/**
 * Prints the memory of the processes of `npm start` two minutes after the start, and after its operator has opened
 * each page of the console: of each process its share of all pages in memory (PSS, proc_pid_smaps_rollup(5)).
 */

let cloud: OwnCloud;
beforeAll(async () => {
  // As package.json starts it.
  const start = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } }).scripts.start;
  const variables = [...start.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name, value]): [string, string] => [
    name ?? '',
    value ?? '',
  ]);
  const [, options = ''] = / node (.*) bin\/start\.ts$/.exec(start) ?? expect.fail(`npm start runs ${start}`);
  const asUsual = { MEDIA_RELAY: '', WARM_FUNCTIONS: undefined };
  cloud = await startCloud({ ...Object.fromEntries(variables), NODE_OPTIONS: options, ...asUsual });
});
afterAll(() => cloud.stop());
const open = pagesAt((path) => new URL(path, cloud.outputs.ApiUrl).href);

/** The memory of a process in MiB, and what it runs; undefined if it has ended. */
function memoryOf(pid: number): { readonly mebibytes: number; readonly command: string } | undefined {
  try {
    const [, kibibytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 100);
    return { mebibytes: Number(kibibytes ?? 0) / 1_024, command };
  } catch {
    return undefined;
  }
}

function print(when: string): number {
  const used = processesOf(cloud.pid).flatMap((pid) => memoryOf(pid) ?? []);
  const sum = used.reduce((total, { mebibytes }) => total + mebibytes, 0);
  const lines = used
    .toSorted((one, other) => other.mebibytes - one.mebibytes)
    .map(({ mebibytes, command }) => `${mebibytes.toFixed(0).padStart(6)} MiB  ${command}`);
  process.stdout.write(`${when}: ${sum.toFixed(0)} MiB\n${lines.slice(0, 8).join('\n')}\n`);
  return sum;
}

test('memory is told, after the start and after every page', async () => {
  await past(2 * minute);
  expect(print('Two minutes after the start')).toBeGreaterThan(0);
  const { page } = await signInAt(open, 'admin', adminPassword);
  for (const { title, to } of await pagesOf(page)) {
    await page.goto(new URL(to, page.url()).href);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    await waitForLists(page);
  }
  await past(minute);
  expect(print('After every page of the operator')).toBeGreaterThan(0);
});
