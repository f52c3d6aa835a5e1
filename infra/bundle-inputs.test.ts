import type { Metafile } from 'esbuild';
import { expect, test } from 'vitest';
import { bundleContents, importChain, largestOrigins, originOf } from './bundle-inputs.ts';

const importing = (...paths: string[]) => ({
  bytes: 1,
  imports: paths.map((path) => ({ path, kind: 'import-statement' as const })),
});

const metafile: Metafile = {
  inputs: {
    'functions/a/one/handler.ts': importing('functions/a/one/store.ts', 'shared/errors.ts'),
    'functions/a/one/store.ts': importing('node_modules/re2js/index.js', 'functions/a/one/handler.ts'),
    'shared/errors.ts': importing(),
    'node_modules/re2js/index.js': importing(),
  },
  outputs: {
    'out/one/index.mjs': {
      bytes: 70,
      entryPoint: 'functions/a/one/handler.ts',
      exports: [],
      imports: [],
      inputs: {
        'functions/a/one/handler.ts': { bytesInOutput: 10 },
        'functions/a/one/store.ts': { bytesInOutput: 15 },
        'shared/errors.ts': { bytesInOutput: 0 },
        'node_modules/re2js/index.js': { bytesInOutput: 40 },
      },
    },
  },
};
const [content] = bundleContents(metafile);
if (content === undefined) throw new Error('no bundle');

test('a bundle consists of the files of which something is left, the largest first', () => {
  expect(content).toEqual({
    name: 'one',
    entry: 'functions/a/one/handler.ts',
    bytes: 70,
    inputs: [
      { file: 'node_modules/re2js/index.js', bytes: 40 },
      { file: 'functions/a/one/store.ts', bytes: 15 },
      { file: 'functions/a/one/handler.ts', bytes: 10 },
    ],
  });
});

test('its largest inputs are named by their package or folder', () => {
  expect(largestOrigins(content, 2)).toEqual([
    ['re2js', 40],
    ['functions/a/one', 25],
  ]);
  expect(originOf('node_modules/a/node_modules/@aws-sdk/core/dist/x.js')).toBe('@aws-sdk/core');
});

test('a shortest chain of imports leads to an input', () => {
  expect(importChain(metafile, content.entry, 'node_modules/re2js/index.js')).toEqual([
    'functions/a/one/handler.ts',
    'functions/a/one/store.ts',
    'node_modules/re2js/index.js',
  ]);
  expect(importChain(metafile, 'shared/errors.ts', content.entry)).toEqual([]);
});
