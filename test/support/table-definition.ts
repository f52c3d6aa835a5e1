import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { isTable } from '#infra/local/aws/dynamodb.ts';
import { readAssembly } from '#infra/local/templates/assembly.ts';
import type { CloudResource } from '#infra/local/templates/resource.ts';
import { namesFor } from '#infra/names.ts';
import { settingsFrom } from '#infra/settings.ts';
import { DataStack } from '#infra/stacks/data-stack.ts';

/**
 * The table as the CDK app declares it: keys, indexes, time to live. It has no stream, because nothing would trim it.
 */
export function synthesizeTable(): CloudResource {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-table-'));
  try {
    const app = new App({
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
      outdir: folder,
      // Without one, buckets name the API, which is in another stack.
      context: { stage: 'test', publicUrl: 'https://test.invalid' },
    });
    new DataStack(app, 'data', {
      settings: settingsFrom(app.node),
      names: namesFor('test'),
      bundles: folder,
      contracts: [],
    });
    app.synth();
    const table = readAssembly(folder).resources.find(isTable);
    if (table === undefined) throw new Error('the data stack declares no table');
    const { StreamSpecification: _, ...properties } = table.properties;
    return { ...table, properties };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Before unit tests: synthesizes the table for all of them, as CDK costs each process a second. */
export default function setup(): void {
  process.env['TEST_TABLE'] = JSON.stringify(synthesizeTable());
}
