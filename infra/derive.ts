/**
 * `node infra/derive.ts '[{"folder":"<assets of a bundle>","files":["functions/…/derived.ts"]}]'`: writes what the
 * files derive from all contracts, as compressed JSON.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Derive } from '#contract/derived.ts';
import { contracts, contractsByArea, services } from '#functions/contracts.ts';
import { root } from './esbuild-options.ts';

type Work = readonly { readonly folder: string; readonly files: readonly string[] }[];

for (const { folder, files } of JSON.parse(process.argv[2] ?? '[]') as Work) {
  mkdirSync(folder, { recursive: true });
  for (const file of files) {
    const { derive } = (await import(join(root, file))) as { readonly derive: Derive };
    for (const [name, value] of Object.entries(derive(contracts, contractsByArea, services)))
      writeFileSync(join(folder, `${name}.gz`), gzipSync(JSON.stringify(value), { level: 9 }));
  }
}
