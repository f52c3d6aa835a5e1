import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The README names the file of each step of a call: what it says is compared with the code. */

const folder = new URL('./', import.meta.url);
const page = readFileSync(new URL('README.md', folder), 'utf8');
const cells = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()));

const quoted = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
const exists = (path: string): boolean => existsSync(new URL(path, folder));
const isDeclared = (name: string, file: string): boolean =>
  new RegExp(`\\b(function|const|async|readonly|export|  )\\s*#?${name}\\b|^ +${name}[(<]`, 'm').test(
    readFileSync(new URL(file, folder), 'utf8'),
  );

test('every file that the page names exists', () => {
  const named = [...page.matchAll(/(?:\.\.\/)?[a-z-]+(?:\/[a-z-]+)*(?:\.ts|\/)(?=[\s`:,;|)])/g)].map(([path]) => path);
  expect(named.length).toBeGreaterThan(40);
  expect([...new Set(named)].filter((path) => !exists(path) && path !== 'shared/')).toEqual([]);
});

test('every file that the page of a folder names exists, beside it or in the repository', () => {
  const pages = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && exists(`${entry.name}/README.md`))
    .map(({ name }) => `${name}/`);
  expect(pages.length).toBeGreaterThan(5);
  const missing = pages.flatMap((path) =>
    [...readFileSync(new URL(`${path}README.md`, folder), 'utf8').matchAll(/`([\w./-]+\.ts)`/g)]
      .map(([, file = '']) => file)
      .filter((file) => !exists(`${path}${file}`) && !exists(`../../../${file}`))
      .map((file) => `${path}README.md: ${file}`),
  );
  expect(missing).toEqual([]);
});

test('each step is in the file that the page says', () => {
  const steps = cells.filter((row) => row.length === 5 && quoted(row[2]).length > 0);
  expect(steps.length).toBeGreaterThan(20);
  const wrong = steps.flatMap(([, , files, names]) =>
    quoted(names).filter((name) => !quoted(files).some((file) => isDeclared(name, file))),
  );
  expect(wrong).toEqual([]);
});

test('the page names every folder, and every file that is not in one', () => {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !/\.(test|fixture)\.ts$|\.md$/.test(name))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  const described = cells.filter((row) => row.length === 4).flatMap(([, first]) => quoted(first));
  expect(described.toSorted()).toEqual(entries.toSorted());
});
