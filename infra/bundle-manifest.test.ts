import type { Metafile } from 'esbuild';
import { expect, test } from 'vitest';
import { sourcesOf } from './bundle-manifest.ts';

const importing = (...paths: string[]) => ({
  bytes: 1,
  imports: paths.map((path) => ({ path, kind: 'import-statement' as const })),
});

test('a bundle is made from all files that its entry imports, however far away, but for packages', () => {
  const inputs: Metafile['inputs'] = {
    'functions/a/handler.ts': importing('functions/a/store.ts', 'node_modules/zod/index.js', 'node:fs'),
    'functions/a/store.ts': importing('shared/errors.ts', 'functions/a/handler.ts'),
    'shared/errors.ts': importing(),
    'functions/b/handler.ts': importing(),
    'node_modules/zod/index.js': importing(),
  };
  // Nothing of shared/errors.ts is left in the bundle.
  const output = { bytes: 1, exports: [], imports: [], inputs: { 'functions/a/handler.ts': { bytesInOutput: 1 } } };
  const outputs = {
    'out/a/index.mjs': { ...output, entryPoint: 'functions/a/handler.ts' },
    'out/b/index.mjs': { ...output, entryPoint: 'functions/b/handler.ts' },
  };
  expect(sourcesOf({ inputs, outputs })).toEqual(
    new Map([
      ['a', ['functions/a/handler.ts', 'functions/a/store.ts', 'shared/errors.ts']],
      ['b', ['functions/b/handler.ts']],
    ]),
  );
});
