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
const entry = { file: 'functions/system/console/handler.ts' };
beforeAll(() => bundleAssets(entry, folder));
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

/** The scripts without which no page is shown. */
const first = (): ReadonlySet<string> =>
  neededBy(fileOf(/^application-.*\.js/), new Set(neededBy(fileOf(/^console-.*\.js/))));

test('the first page takes at most 300 KiB', () => {
  expect(sum([...first(), fileOf(/^console-.*\.css/)])).toBeLessThan(300);
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
  'users-page',
  'user-page',
  'phones-page',
  'phone-page',
  'worker-page',
  'welcome-page',
  'handling-page',
  'phone-panel',
  'voicemail-page',
  'mailbox-page',
];

/** What an area needs besides the scripts of the first page, KiB. */
function added(area: string): number {
  const known = first();
  const file = fileOf(new RegExp(`^${area}-.*\\.js`));
  expect(known.has(file)).toBe(false);
  return sum([...neededBy(file)].filter((each) => !known.has(each)));
}

test.each(areas)('the area of %s takes at most 100 KiB more, when it is opened', (area) => {
  expect(added(area)).toBeLessThan(100);
});

test('the graph of call flows takes at most 100 KiB more, with its layout', () => {
  expect(added('graph')).toBeLessThan(100);
});

test.each(['german', 'spanish', 'french'])(
  'texts in another language are read for a page in it only: %s',
  (language) => {
    expect(first()).not.toContain(fileOf(new RegExp(`^${language}-.*\\.js`)));
  },
);

test('the gallery of the kit is in the bundles of `npm run dev` only', async () => {
  const filesOf = (part: string) => readdirSync(join(folder, part, 'assets'), { recursive: true }).join(' ');
  await bundleAssets(entry, join(folder, 'dev'), { hasGallery: true });
  expect([filesOf('dev').includes('gallery'), filesOf('.').includes('gallery')]).toEqual([true, false]);
});
