import { expect, test } from 'vitest';
import { textOf } from './sources.ts';
import { filesWithOwn } from './starters.ts';

/**
 * A cloud takes seconds to start, and a store a process. Tests share them, each with an organization or a table of its
 * own; a file has its own only if it kills, configures or fills it. The number only becomes smaller.
 */
const maximum = 20;

const reason = /^\/\/ Own (?:cloud|store): \S.+\n/;

const files = filesWithOwn();

test(`at most ${maximum} test files start a cloud or a store of their own`, () => {
  expect(files.length, files.join('\n')).toBeLessThanOrEqual(maximum);
});

test('a test file with a cloud or a store of its own says why in its first line', () => {
  expect(files.filter((file) => !reason.test(textOf(file)))).toEqual([]);
});

const planted = (imports: string, call: string): string => `${imports}\nawait ${call};`;
const plantedFixture =
  "import { startTaskCloud } from './sidecar-tasks.fixture.ts';\n" +
  'const start = () => startTaskCloud(2);\n' +
  'export const newPlanted = () => start();\n' +
  'export const sharedPlanted = () => start();';

test('a file has its own if it starts one itself, by a program, or through a fixture that starts none to share', () => {
  const own = {
    'test/system/planted-1.test.ts': planted("import { startCloud } from './cloud.ts';", 'startCloud()'),
    'test/system/planted-2.test.ts': planted(
      "import { startOwnStore as begin } from '#test/support/store.fixture.ts';",
      'begin()',
    ),
    'test/system/planted-3.test.ts': planted("import { newPlanted } from './planted.fixture.ts';", 'newPlanted()'),
    'test/system/planted-4.test.ts': planted('', "spawn(process.execPath, ['bin/start.ts'])"),
  };
  const sharing = {
    'test/system/planted-5.test.ts': planted(
      "import { startStore } from '../support/store.fixture.ts';",
      'startStore()',
    ),
    'test/system/planted-6.test.ts': planted(
      "import { sharedPlanted } from './planted.fixture.ts';",
      'sharedPlanted()',
    ),
    'test/system/planted-7.test.ts': planted("import { connect } from './cloud.ts';", 'connect()'),
  };
  const found = filesWithOwn({ 'test/system/planted.fixture.ts': plantedFixture, ...own, ...sharing });
  expect(found.filter((file) => !files.includes(file))).toEqual(Object.keys(own));
});
