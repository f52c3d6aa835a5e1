import { cpSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { contracts, services } from '#functions/contracts.ts';
import type { FunctionContract } from '#contract/resource.ts';
import { bundleAssets } from './browser-bundle.ts';
import { metafileIn } from './bundle-inputs.ts';
import { manifestFile, sourcesOf, type BundleManifest } from './bundle-manifest.ts';
import { cachedBuild } from './cached-build.ts';
import { deriveAssets, withDerivedSources } from './derived-assets.ts';
import { esbuildOptions, root, type BundleEntry, type Runtime } from './esbuild-options.ts';

/** Everything that bundles are made of. */
const inputs = ['functions', 'infra', 'shared', 'package-lock.json', 'tsconfig.json'].map((name) => join(root, name));

/** The bundles of the present sources, built unless they exist. @returns their folder, whose files never change */
export const bundledFunctions = (): Promise<string> =>
  cachedBuild({ inputs, cache: join(root, 'node_modules/.cache/trunkline/bundles'), build: bundleFunctions });

/**
 * Bundles every function in one pass, and every service. What is stored in a function's folder `browser/` goes beside
 * its bundle, in `assets/`, and so does what its `derived.ts` derives from contracts. The folder of a service is what
 * its image is built from.
 */
async function bundleFunctions(outdir: string): Promise<void> {
  const entries = contracts.map((contract): BundleEntry => {
    const file = join(folderOf(contract), 'handler.ts');
    return { name: contract.name, file, runtime: 'lambda' };
  });
  const { manifest, metafile } = await bundleAll('lambda', entries, outdir);
  writeFileSync(metafileIn(outdir), JSON.stringify(metafile));
  writeFileSync(manifestFile(outdir), JSON.stringify({ ...manifest, ...(await bundleServices(outdir)) }));
  await Promise.all([
    ...entries.map((entry) => bundleAssets(entry, join(outdir, entry.name))),
    deriveAssets(Object.values(manifest).map(({ name, sources }) => ({ folder: join(outdir, name), sources }))),
  ]);
}

/** Bundles the services alone, each in a folder of its own with its Dockerfile, and its `assets/` if it has any. */
export async function bundleServices(outdir: string): Promise<BundleManifest> {
  const entries = services.map(({ name }): BundleEntry => {
    return { name, file: mainOf(name), runtime: 'container' };
  });
  const { manifest } = await bundleAll('container', entries, outdir);
  for (const { name } of services)
    for (const part of globSync('{Dockerfile,assets}', { cwd: join(root, 'functions', name) }))
      cpSync(join(root, 'functions', name, part), join(outdir, name, part), { recursive: true });
  return manifest;
}

/** What a service is started with: `main.ts` of its folder, or of one in it. */
function mainOf(service: string): string {
  const [found, ...others] = globSync(`functions/${service}/{,*/}main.ts`, { cwd: root });
  if (found === undefined || others.length > 0) throw new Error(`${service} must have exactly one main.ts`);
  return found;
}

/** Folder of a function's code: the folder of its name in the folder of its area. */
export function folderOf({ name, folder = name }: FunctionContract): string {
  const ofServices = services.map((service) => `functions/${service.name}/`);
  const [found, ...others] = globSync(`functions/*/${folder}`, { cwd: root }).filter((path) =>
    ofServices.every((own) => !path.startsWith(own)),
  );
  if (found === undefined || others.length > 0) throw new Error(`${folder} must be exactly one folder of one area`);
  return found;
}

type Bundled = { readonly manifest: BundleManifest; readonly metafile: Metafile };

async function bundleAll(runtime: Runtime, entries: readonly BundleEntry[], outdir: string): Promise<Bundled> {
  const { metafile } = await build(esbuildOptions(runtime, entries, outdir));
  const sources = await withDerivedSources(sourcesOf(metafile));
  const manifest = Object.fromEntries(
    entries.map((entry) => [entry.name, { ...entry, sources: sources.get(entry.name) ?? [] }]),
  );
  return { manifest, metafile };
}
