import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { filesOf, textOf } from './sources.ts';

/** Links, files and commands that documents name. */

const documents = filesOf('*.md', '.github/**/*.md', '{bin,functions,infra,shared,test}/**/*.md');

/** People read the document of an area whole. Rules of an endpoint belong into the descriptions of its contract. */
test('the document of an area has at most 300 lines', () => {
  const areas = filesOf('functions/*/README.md');
  expect(areas.length).toBeGreaterThan(8);
  expect(areas.filter((document) => textOf(document).split('\n').length > 301)).toEqual([]);
});

const withoutCode = (text: string): string => text.replace(/^```[^]*?^```/gm, '');

/** The anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

const anchorsIn = (document: string): ReadonlySet<string> =>
  new Set([...withoutCode(textOf(document)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));

/** The targets of links within the repository. */
const linksIn = (document: string): string[] =>
  [...withoutCode(textOf(document)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

function isFound(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? document : normalize(join(dirname(document), path));
  return existsSync(file) && (anchor === undefined || !file.endsWith('.md') || anchorsIn(file).has(anchor));
}

/** What operators add. */
const added = ['infra/container/.env'];

/** Whether a file is in the repository: as a document at its top names it, or one in the document's folder. */
const isFile = (document: string, path: string): boolean =>
  added.includes(path) || existsSync(path) || existsSync(join(dirname(document), path));

const found = (pattern: RegExp, isThere: (document: string, name: string) => boolean): string[] =>
  documents.flatMap((document) =>
    [...textOf(document).matchAll(pattern)]
      .filter(([, name = '']) => !isThere(document, name))
      .map(([name]) => `${document}: ${name}`),
  );

test('each link of a document has a target, and each anchor a heading', () => {
  const missing = documents.flatMap((document) =>
    linksIn(document)
      .filter((link) => !isFound(document, link))
      .map((link) => `${document}: ${link}`),
  );
  expect(missing).toEqual([]);
});

test('each file that a document names in code exists', () => {
  expect(found(/`((?:bin|functions|infra|shared|test|\.ci|\.github)\/[\w./-]+)`/g, isFile)).toEqual([]);
});

test('each command that a document names is a script of package.json', () => {
  expect(found(/npm run (?:-s |--silent )?([\w:-]+)/g, (_, script) => script in packageJson.scripts)).toEqual([]);
});

test('each part of AWS that `npm start` does not model has a test that exists, or a check on an account', () => {
  const [, text = ''] = textOf('infra/README.md').split('## What `npm start` does not model\n');
  const [part = ''] = text.split('\n## ');
  const rows = part.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Not modelled '));
  expect(rows.length).toBeGreaterThan(15);
  const isChecked = (row: string): boolean =>
    row.includes('account: ') || [...row.matchAll(/`([\w/.-]+\.test\.ts)`/g)].some(([, file = '']) => existsSync(file));
  expect(rows.filter((row) => !isChecked(row))).toEqual([]);
});
