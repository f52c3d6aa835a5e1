import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readAssembly, type Assembly } from '#infra/local/templates/assembly.ts';
import { namesFor } from '#infra/names.ts';
import { settingsFrom } from '#infra/settings.ts';
import { ApiStack } from '#infra/stacks/api-stack.ts';
import { AreaStack } from '#infra/stacks/area-stack.ts';
import { DataStack } from '#infra/stacks/data-stack.ts';
import { services } from '#functions/contracts.ts';
import type { FunctionContract } from '#contract/resource.ts';

/** A temporary folder with empty bundles; no test runs them. */
export function bundlesFor(contracts: readonly FunctionContract[]): {
  readonly folder: string;
  readonly bundles: string;
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-app-'));
  const bundles = join(folder, 'bundles');
  for (const { name } of [...contracts, ...services]) {
    mkdirSync(join(bundles, name), { recursive: true });
    writeFileSync(join(bundles, name, 'index.mjs'), '');
    writeFileSync(join(bundles, name, 'Dockerfile'), 'FROM scratch\n');
  }
  return { folder, bundles, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The stacks of data and API, and one of an area with functions of these contracts, synthesized and resolved. */
export function assemblyOf(
  contracts: readonly FunctionContract[],
  { folder, bundles }: Pick<ReturnType<typeof bundlesFor>, 'folder' | 'bundles'>,
): Assembly {
  const outdir = join(folder, 'assembly');
  const app = new App({
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    outdir,
    context: { stage: 'test', sip: 'off' },
  });
  const shared = { settings: settingsFrom(app.node), names: namesFor('test'), bundles, contracts };
  new DataStack(app, 'data', shared);
  new ApiStack(app, 'api', shared);
  new AreaStack(app, 'area', shared);
  app.synth();
  return readAssembly(outdir);
}
