import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesOf, textOf } from './sources.ts';

/**
 * Every domain file of a resource has a test of the same name. `untested-domain-files.txt` lists the exceptions; the
 * list may only become shorter.
 */

const adapterFile = /\/(contract|handler|store|row|cascade|derived|examples|errors)[.]ts$/;
const isDomain = (file: string): boolean => !adapterFile.test(file) && !/([.]test|[.-]fixture)[.]ts$/.test(file);

const domainFiles = filesOf('functions/*/*/*.ts', 'functions/*/*/matcher/*.ts').filter(
  (file) => isDomain(file) && !/^functions\/(sip-sidecar|[^/]+\/(rows|schema))\//.test(file),
);
const hasTest = (file: string): boolean => existsSync(file.replace(/[.]ts$/, '.test.ts'));

test('only listed domain files have no test of the same name', () => {
  expect(domainFiles.length).toBeGreaterThan(100);
  const listed = textOf('test/checks/untested-domain-files.txt').split('\n').filter(Boolean);
  expect(domainFiles.filter((file) => !hasTest(file))).toEqual(listed);
});
