import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleAssets } from '#infra/browser-bundle.ts';

/** What browsers load of the console, compressed. */

const kibibyte = 1_024;
const folder = mkdtempSync(join(tmpdir(), 'trunkline-console-'));
const assets = join(folder, 'assets');
beforeAll(() => bundleAssets({ file: 'functions/system/console/handler.ts' }, folder));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (source: RegExp): string => {
  const file = readdirSync(assets).find((name) => source.test(name));
  if (file === undefined) throw new Error(`The bundle has no file ${String(source)}`);
  return file;
};
const sizeOf = (file: string): number => readFileSync(join(assets, file)).length / kibibyte;

/** The files that a script needs before it runs, and itself. */
function neededBy(file: string, known = new Set<string>()): ReadonlySet<string> {
  if (known.has(file)) return known;
  known.add(file);
  const code = gunzipSync(readFileSync(join(assets, file))).toString();
  for (const [, name = ''] of code.matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g)) neededBy(`${name}.gz`, known);
  return known;
}

const sum = (files: Iterable<string>): number => [...files].reduce((all, file) => all + sizeOf(file), 0);

test('the first page takes at most 300 KiB', () => {
  expect(sum([...neededBy(fileOf(/^console-.*\.js/)), fileOf(/^console-.*\.css/)])).toBeLessThan(300);
});

/** Scripts that are loaded when one of their pages is opened. */
const areas = [
  'overview',
  'customers',
  'live',
  'search',
  'call',
  'list-page',
  'item-page',
  'profile',
  'policies',
  'policy',
  'simulator-page',
  'parts-page',
  'flow-page',
  'schedule-page',
  'numbers-page',
  'number-page',
  'handling-page',
  'graph',
  'phone-panel',
  'voicemail-page',
  'mailbox-page',
];

test.each(areas)('the area of %s takes at most 80 KiB more, when it is opened', (area) => {
  const first = neededBy(fileOf(/^console-.*\.js/));
  const file = fileOf(new RegExp(`^${area}-.*\\.js`));
  expect(first.has(file)).toBe(false);
  expect(sum([...neededBy(file)].filter((each) => !first.has(each)))).toBeLessThan(80);
});
