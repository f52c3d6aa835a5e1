import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
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

/** The scripts that are made of a source. Sources of different folders may have one name. */
const scriptsOf = (source: string): readonly string[] =>
  readdirSync(assets).filter((name) => new RegExp(`^${basename(source, '.tsx')}-[0-9A-Z]{8}\\.js`).test(name));

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

const browser = 'functions/system/console/browser';

/** The sources that a source imports when it needs them. */
const importedBy = (source: string): readonly string[] =>
  [...readFileSync(join(browser, source), 'utf8').matchAll(/import\('(\.[^']+\.tsx)'\)/g)].map(([, name = '']) =>
    join(dirname(source), name),
  );

/** Of `npm run dev` only. */
const gallery = 'gallery/gallery-page.tsx';

/** Sources of scripts that are loaded when one of their pages, or a part of a page, is opened. */
const areas = globSync('**/*.tsx', { cwd: browser, exclude: ['console.tsx'] })
  .flatMap(importedBy)
  .filter((source) => source !== gallery);

/** What some scripts need besides those of the first page, KiB. */
function added(files: readonly string[]): number {
  const known = first();
  for (const file of files) expect(known.has(file)).toBe(false);
  const needed = new Set(files.flatMap((file) => [...neededBy(file)]));
  return sum([...needed].filter((each) => !known.has(each)));
}

test('the first page takes at most 300 KiB: the frame, its style sheet, and Home', () => {
  const home = added(scriptsOf('overview/overview.tsx'));
  expect(home).toBeGreaterThan(1);
  expect(sum([...first(), fileOf(/^console-.*\.css/)]) + home).toBeLessThan(300);
});

test('every part that is loaded later is measured', () => {
  expect(areas).toEqual(expect.arrayContaining(['flows/graph.tsx', 'kit/search.tsx', 'phones/phone-page.tsx']));
  for (const [name, sources] of Map.groupBy(new Set(areas), (source) => basename(source)))
    expect({ name, scripts: scriptsOf(name).length }).toEqual({ name, scripts: sources.length });
});

test.each([...new Set(areas)])('%s takes at most 100 KiB more, when it is opened', (area) => {
  for (const script of scriptsOf(area)) expect(added([script])).toBeLessThan(100);
});

test('the editor of call flows takes at most 160 KiB more, with its graph and their layout', () => {
  const parts = ['flows/flow-page.tsx', ...importedBy('flows/flow-page.tsx')];
  expect(parts).toContain('flows/graph.tsx');
  expect(added(parts.flatMap(scriptsOf))).toBeLessThan(160);
});

test('the style sheet has the parts of the components that the console uses, and no others', () => {
  const styles = gunzipSync(readFileSync(join(assets, fileOf(/^console-.*\.css/)))).toString();
  const classOf = (component: string): string => {
    const source = `node_modules/@mantine/core/esm/components/${component}/${component}.module.mjs`;
    return /"root": "(m_[0-9a-f]+)"/.exec(readFileSync(source, 'utf8'))?.[1] ?? `no class of ${component}`;
  };
  const has = (component: string): boolean => styles.includes(`.${classOf(component)}`);
  expect(['Button', 'Modal', 'Tabs', 'Slider', 'Tree'].map(has)).toEqual([true, true, true, false, false]);
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
