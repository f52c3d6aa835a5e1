import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Each page of the console answers a question of its reader. */

const shell = 'functions/system/console/browser/shell';
const routes = /import\('(?<file>[^']+)'\), '(?<name>\w+)'/g;

/** Components that show the page of another. */
const places = new Set(['ListRoute', 'ItemRoute', 'PartsRoute', 'GalleryPage']);

const pages = ['routes.tsx', 'resource-routes.tsx'].flatMap((of) =>
  Array.from(readFileSync(join(shell, of), 'utf8').matchAll(routes), ({ groups }) => ({
    file: join(shell, groups?.['file'] ?? ''),
    name: groups?.['name'] ?? '',
  })).filter(({ name }) => !places.has(name)),
);

/** The comment above an exported component; empty: there is none. */
function commentAbove(source: string, name: string): string {
  const before = source.slice(0, source.search(new RegExp(`export (?:function|const) ${name}\\b`)));
  return /\/\*\*(?<text>(?:(?!\*\/).)*)\*\/\s*$/s.exec(before)?.groups?.['text'] ?? '';
}

test.each(pages)('$name has the question that it answers above it', ({ file, name }) => {
  expect(commentAbove(readFileSync(file, 'utf8'), name)).toMatch(/\?/);
});

test('the routes of the shell are found', () => {
  expect(pages.map(({ name }) => name)).toEqual(expect.arrayContaining(['LiveCallsPage', 'ListPage', 'FlowPage']));
});
