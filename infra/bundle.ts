import { copyFileSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { contracts, services } from '../functions/contracts.ts';
import type { FunctionContract } from '../shared/contract/resource.ts';
import { bundleForBrowsers } from './browser-bundle.ts';
import { cachedBuild } from './cached-build.ts';

const root = join(import.meta.dirname, '..');
/** Everything that bundles are made of. */
const inputs = ['functions', 'infra', 'shared', 'package-lock.json', 'tsconfig.json'].map((name) => join(root, name));

/** Packages that are CommonJS inside look for `require`, which a module has not. */
const banner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** The bundles of the present sources, made unless they are there. @returns their folder, which nobody changes */
export const bundledFunctions = (): Promise<string> =>
  cachedBuild({ inputs, cache: join(root, 'node_modules/.cache/trunkline/bundles'), build: bundleFunctions });

/**
 * Bundles every function in one pass, and every service: minified ESM of Node 24. `mainFields` names `module` first, as
 * esbuild otherwise takes the SDK's CommonJS build, which is 60 % larger (measurements.md). What lies
 * in a function's folder `browser/` goes beside its bundle, in `assets/`; a service's folder is what its image is built
 * of.
 */
async function bundleFunctions(outdir: string): Promise<void> {
  const entries = contracts.map((contract) => ({ name: contract.name, folder: folderOf(contract) }));
  await bundleAll(
    entries.map(({ name, folder }) => ({ name, file: join(folder, 'handler.ts') })),
    'lambda-credentials.ts',
    outdir,
  );
  await bundleServices(outdir);
  await Promise.all(
    entries.map(async ({ name, folder }) => {
      const sources = globSync(`${folder}/browser/*.{ts,css}`, { cwd: root, exclude: ['**/*.d.ts'] });
      if (sources.length > 0)
        await bundleForBrowsers(
          sources.map((file) => join(root, file)),
          join(outdir, name, 'assets'),
        );
    }),
  );
}

/** The services alone, each in a folder of its own with its Dockerfile. */
export async function bundleServices(outdir: string): Promise<void> {
  await bundleAll(
    services.map(({ name }) => ({ name, file: join('functions', name, 'main.ts') })),
    'container-credentials.ts',
    outdir,
  );
  for (const { name } of services)
    copyFileSync(join(root, 'functions', name, 'Dockerfile'), join(outdir, name, 'Dockerfile'));
}

/** Where the code of a function is: in the folder of its name, in the folder of its area. */
function folderOf({ name, folder = name }: FunctionContract): string {
  const [found, ...others] = globSync(`functions/*/${folder}`, { cwd: root });
  if (found === undefined || others.length > 0) throw new Error(`${folder} is to be one folder of one area`);
  return found;
}

type Entry = { readonly name: string; readonly file: string };

/** @param credentials the module by which the SDK finds its credentials there */
async function bundleAll(entries: readonly Entry[], credentials: string, outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: entries.map(({ name, file }) => ({ in: file, out: join(name, 'index') })),
    outdir,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // The SDK's `import('node:http')` becomes `require`: an import reads each export, and `http.WebSocket` loads all of
    // undici then.
    supported: { 'dynamic-import': false },
    outExtension: { '.js': '.mjs' },
    banner: { js: banner },
    alias: { '@aws-sdk/credential-provider-node': join(import.meta.dirname, credentials) },
    legalComments: 'none',
    logLevel: 'error',
  });
}
