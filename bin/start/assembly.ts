import { join } from 'node:path';
import { cachedBuild } from '../../infra/cached-build.ts';
import { root } from '../../infra/esbuild-options.ts';

/** Everything that bundles and templates are made of. */
const inputs = ['bin', 'functions', 'infra', 'shared', 'package-lock.json', 'tsconfig.json'].map((name) =>
  join(root, name),
);

/** Bundles and synthesizes, unless nothing that this reads has changed since the last time. @returns its folder */
export const localAssembly = (): Promise<string> =>
  cachedBuild({
    inputs,
    cache: join(root, 'node_modules/.cache/trunkline/assemblies'),
    build: async (folder) => {
      console.log('Bundling the functions ...');
      const { bundledFunctions } = await import('../../infra/bundle.ts');
      const bundles = await bundledFunctions();
      console.log('Synthesizing the templates ...');
      await synthesizeLocal(bundles, folder);
    },
  });

/** Writes the templates of the local stage, and copies of the bundles, into `outdir`. */
export async function synthesizeLocal(bundles: string, outdir: string): Promise<void> {
  // `npm test` validates the templates; here it would take some seconds.
  process.env['CDK_VALIDATION'] = 'false';
  const { buildApp } = await import('../../infra/app.ts');
  buildApp({ bundles, outdir, context: { stage: 'local', corsOrigins: '*' }, checks: false }).synth();
}
