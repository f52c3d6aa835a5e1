import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cachedBuild } from '#infra/cached-build.ts';
import { root } from '#infra/esbuild-options.ts';
import { LocalCloudError } from '#infra/local/templates/resource.ts';
import { smsSetting } from './settings.ts';

/** Everything that bundles and templates are made of. */
const inputs = ['bin', 'functions', 'infra', 'shared', 'cdk.json', 'package-lock.json', 'tsconfig.json'].map((name) =>
  join(root, name),
);

/** Bundles and synthesizes, unless nothing that this reads has changed since the last time. @returns its folder */
export const localAssembly = (): Promise<string> =>
  cachedBuild({
    inputs,
    cache: join(
      root,
      'node_modules/.cache/trunkline',
      smsSetting(process.env) === 'sns' ? 'assemblies-sns' : 'assemblies',
    ),
    build: buildApart,
  });

/** Builds in a process of its own: bundler and CDK need some 700 MiB, which the cloud would keep. */
async function buildApart(folder: string): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'build.ts'), folder], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new LocalCloudError(`The templates are not built (exit code ${code}).`);
}

/** Writes the templates of the local stage, and copies of the bundles, into `outdir`. @param more further context */
export async function synthesizeLocal(
  bundles: string,
  outdir: string,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  // `npm test` validates the templates; here it would take some seconds.
  process.env['CDK_VALIDATION'] = 'false';
  const { buildApp } = await import('#infra/stacks/app.ts');
  buildApp({
    bundles,
    outdir,
    context: { stage: 'local', corsOrigins: '*', sms: 'eum', mediaRelay: 'true', ...more },
    checks: false,
  }).synth();
}
