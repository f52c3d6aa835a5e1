import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesOf, textOf } from './sources.ts';

/** A resource's folder: every file that decides has its rules tested in a file of the same name. */

const joining = /\/(contract|handler|store|row|cascade|examples|access-patterns)[.]ts$/;
const isDomain = (file: string): boolean => !joining.test(file) && !/([.]test|[.-]fixture)[.]ts$/.test(file);

const domainFiles = filesOf('functions/*/*/*.ts', 'functions/*/*/matcher/*.ts').filter(
  (file) => isDomain(file) && !/^functions\/(sip-sidecar|[^/]+\/rows)\//.test(file),
);
const hasTest = (file: string): boolean => existsSync(file.replace(/[.]ts$/, '.test.ts'));

test('a domain file has a test of its own name; the list of those without may only shrink', () => {
  expect(domainFiles.length).toBeGreaterThan(100);
  const listed = textOf('test/checks/untested-domain-files.txt').split('\n').filter(Boolean);
  expect(domainFiles.filter((file) => !hasTest(file))).toEqual(listed);
});
