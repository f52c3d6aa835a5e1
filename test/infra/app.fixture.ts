import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readAssembly, type Assembly } from '#infra/local/templates/assembly.ts';
import { namesFor, stackName } from '#infra/names.ts';
import { settingsFrom } from '#infra/settings.ts';
import { ApiStack } from '#infra/stacks/api-stack.ts';
import { AreaStack } from '#infra/stacks/area-stack.ts';
import { DataStack } from '#infra/stacks/data-stack.ts';
import { services } from '#functions/contracts.ts';
import type { FunctionContract } from '#contract/resource.ts';
import { routesOf } from '#contract/routes.ts';

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

/** The stacks of data and API, and one of an area with functions of these contracts, synthesized. @returns folder */
export function assemblyFolderOf(
  contracts: readonly FunctionContract[],
  { folder, bundles }: Pick<ReturnType<typeof bundlesFor>, 'folder' | 'bundles'>,
  context: Readonly<Record<string, string>> = {},
): string {
  const outdir = join(folder, 'assembly');
  const app = new App({
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    outdir,
    context: { stage: 'test', sip: 'off', ...context },
  });
  const shared = { settings: settingsFrom(app.node), names: namesFor('test'), bundles, contracts };
  new DataStack(app, stackName('test', 'data'), shared);
  new ApiStack(app, 'api', shared);
  const routes = routesOf(contracts.filter((contract) => contract.kind === 'resource'));
  new AreaStack(app, 'area', { ...shared, routes });
  app.synth();
  return outdir;
}

/** The same, resolved. */
export const assemblyOf = (...of: Parameters<typeof assemblyFolderOf>): Assembly =>
  readAssembly(assemblyFolderOf(...of));
