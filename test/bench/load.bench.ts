/** What a cold start loads: a plain function, and one that opens secrets, against the bare client of DynamoDB. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundledFunctions } from '#infra/bundle.ts';
import { esbuildOptions } from '#infra/esbuild-options.ts';
import type { Benchmark, Guard, PairedFigure, RatioFigure } from './benchmark.ts';
import { pairsOf } from './timing.ts';

/** Its figures are bounded. */
const plain = 'dialplan-groups';
const withSecrets = 'sip-trunks';

/** Milliseconds of the processor that an import takes in a process of its own. */
const loadTime = (file: string): number =>
  Number(
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const begun = process.cpuUsage(); await import(${JSON.stringify(file)});` +
          'const { user, system } = process.cpuUsage(begun); process.stdout.write(String((user + system) / 1_000));' +
          'process.exit(0)',
      ],
      { env: { ...process.env, AWS_REGION: 'us-east-1', TABLE_NAME: 'none' } },
    ).toString(),
  );

/** Bundles a function that has nothing but the client, as ours are bundled. @returns its file */
async function bundleBare(folder: string): Promise<string> {
  const source = join(folder, 'source.mjs');
  mkdirSync(folder);
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    source,
    "import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';\n" +
      'export const client = new DynamoDBClient({ maxAttempts: 4 });\nexport { GetItemCommand };\n',
  );
  const { minify, platform, target, format, mainFields, banner } = esbuildOptions('lambda', [], folder);
  const outfile = join(folder, 'index.mjs');
  await build({
    ...{ entryPoints: [source], outfile, bundle: true, minify, platform, target, format, mainFields, banner },
    legalComments: 'none',
  });
  return outfile;
}

/** What the bundles of functions load and weigh, each against the bare client. */
async function measureLoads(names: readonly string[]): Promise<readonly Figures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-load-'));
  try {
    const bundles = await bundledFunctions();
    const bare = await bundleBare(join(folder, 'bare'));
    const all: Figures[] = [];
    for (const name of names) all.push(await against(bare, name, join(bundles, name, 'index.mjs')));
    return all;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Figures = readonly [load: PairedFigure, size: RatioFigure];

async function against(bare: string, name: string, file: string): Promise<Figures> {
  const must = (atMost: number) => (name === plain ? { must: { atMost } } : {});
  return [
    {
      what: `CPU of the load of ${name}, against the bare DynamoDB client`,
      pairs: await pairsOf(
        () => loadTime(file),
        () => loadTime(bare),
      ),
      ...must(1.2),
    },
    {
      what: `size of the bundle of ${name}, against the bare DynamoDB client`,
      measured: statSync(file).size / statSync(bare).size,
      unit: '×',
      ...must(1.45),
    },
  ];
}

const measure: Benchmark = async () => (await measureLoads([plain, withSecrets])).flat();

export const guard: Guard = async () => (await measureLoads([plain])).flat();

export default measure;
