import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { sourcesOf } from './bundle-manifest.ts';
import { root } from './esbuild-options.ts';

/** The folder of a bundle, and the files of the project that it is made from. */
export type DerivingBundle = { readonly folder: string; readonly sources: readonly string[] };

/** The `derived.ts` beside each handler of a bundle: one, or one for each consumer that shares a queue. */
const derivedOf = (sources: readonly string[]): readonly string[] =>
  sources
    .filter((source) => /(^|\/)handler[.]ts$/.test(source))
    .map((handler) => join(dirname(handler), 'derived.ts'))
    .filter((file) => existsSync(join(root, file)));

/** What `derive.ts` passes to every `derived.ts`. */
const contracts = 'functions/contracts.ts';

const folderOf = (file: string): string => basename(dirname(file));

/** The sources of bundles, with those of what is derived for them: after a change of one it is derived again. */
export async function withDerivedSources(
  bundles: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = [...new Set([...bundles.values()].flatMap(derivedOf))];
  if (files.length === 0) return bundles;
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...files, contracts].map((file) => ({ in: file, out: join(folderOf(file), 'derived') })),
    outdir: 'derived',
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const byFolder = sourcesOf(metafile);
  return new Map(
    [...bundles].map(([name, sources]) => {
      const derived = derivedOf(sources);
      const more = (derived.length === 0 ? [] : [...derived, contracts]).flatMap(
        (file) => byFolder.get(folderOf(file)) ?? [],
      );
      return [name, [...new Set([...sources, ...more])]];
    }),
  );
}

/**
 * Puts what is derived for bundles into their `assets/`. In a process of its own, as modules that are loaded once keep
 * their first version.
 *
 * @throws Error with what the process says, if contracts do not load
 */
export async function deriveAssets(bundles: readonly DerivingBundle[]): Promise<void> {
  const work = bundles
    .map(({ folder, sources }) => ({ folder: join(folder, 'assets'), files: derivedOf(sources) }))
    .filter(({ files }) => files.length > 0);
  if (work.length === 0) return;
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'derive.ts'), JSON.stringify(work)]);
}
