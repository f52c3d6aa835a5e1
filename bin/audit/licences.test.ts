import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { licenceProblems } from './licences.ts';

const lockOf = (name: string, fields: object) => ({ packages: { '': {}, [`node_modules/${name}`]: fields } });

test('every package of this project has a permitted licence', () => {
  expect(licenceProblems(JSON.parse(readFileSync('package-lock.json', 'utf8')))).toEqual([]);
});

test.each([
  ['a copyleft licence', { license: 'GPL-3.0-or-later' }],
  ['no licence', {}],
  ['a licence for development only', { license: 'MPL-2.0' }],
])('a package with %s is named', (_case, fields) => {
  expect(licenceProblems(lockOf('strange', fields))).toEqual([expect.stringContaining('node_modules/strange has')]);
});

test.each([
  ['one of several licences that is permitted', { license: '(GPL-3.0-or-later OR MIT)' }],
  ['a weak copyleft licence, for development', { license: 'MPL-2.0', dev: true }],
])('a package with %s may be used', (_case, fields) => {
  expect(licenceProblems(lockOf('fine', fields))).toEqual([]);
});
