import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';

/** Folder of the project. */
export const root = join(import.meta.dirname, '..');

/** What a bundle is made of: the code of a Lambda function, or of a container that ECS runs. */
export type BundleEntry = {
  /** Name of the contract, and of the bundle's folder. */
  readonly name: string;
  /** Entry file, relative to the project's folder. */
  readonly file: string;
  readonly runtime: Runtime;
};

export type Runtime = keyof typeof credentials;

/** The module through which the SDK finds its credentials, in place of `@aws-sdk/credential-provider-node`. */
const credentials = { lambda: 'lambda-credentials.ts', container: 'container-credentials.ts' };

/** Packages that are CommonJS inside look for `require`, which a module does not have. */
const banner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** The SDK's clients import the whole of their `package.json`, of which they use the version. */
const packageVersions: Plugin = {
  name: 'package-versions',
  setup: ({ onLoad }) =>
    onLoad({ filter: /@aws-sdk\/[^/]+\/package[.]json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    }),
};

/**
 * How esbuild bundles the entries of one runtime, each to `<outdir>/<name>/index.mjs`: minified ESM of Node 24.
 * `mainFields` names `module` first, as esbuild otherwise takes the SDK's CommonJS build, which is 60 % larger.
 */
export const esbuildOptions = (runtime: Runtime, entries: readonly BundleEntry[], outdir: string) =>
  ({
    absWorkingDir: root,
    entryPoints: entries.map(({ name, file }) => ({ in: file, out: join(name, 'index') })),
    outdir,
    bundle: true,
    metafile: true,
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
    alias: { '@aws-sdk/credential-provider-node': join(import.meta.dirname, credentials[runtime]) },
    plugins: [packageVersions],
    legalComments: 'none',
    logLevel: 'error',
  }) satisfies BuildOptions;
