/** What a cold start loads: a plain function, and one that opens secrets, against the bare client of DynamoDB. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundledFunctions } from '#infra/bundle.ts';
import { esbuildOptions } from '#infra/esbuild-options.ts';
import type { Benchmark, Guard, RatioFigure } from './benchmark.ts';
import { median } from './timing.ts';

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

/** What the bundles of functions load and weigh, each against the bare client. @param pairs of loads, by function */
async function measureLoads(pairs: number, names: readonly string[]): Promise<readonly RatioFigure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-load-'));
  try {
    const bundles = await bundledFunctions();
    const bare = await bundleBare(join(folder, 'bare'));
    return names.flatMap((name) => against(bare, name, join(bundles, name, 'index.mjs'), pairs));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function against(bare: string, name: string, file: string, pairs: number): readonly RatioFigure[] {
  const loads = Array.from({ length: pairs }, () => ({ ours: loadTime(file), bare: loadTime(bare) }));
  const must = (atMost: number): Pick<RatioFigure, 'must'> => (name === plain ? { must: { atMost } } : {});
  return [
    {
      what: `load of ${name}, over the bare DynamoDB client`,
      measured: median(loads.map(({ ours }) => ours)) / median(loads.map(({ bare: theirs }) => theirs)),
      unit: '×',
      ...must(1.2),
    },
    {
      what: `size of the bundle of ${name}, over the bare DynamoDB client`,
      measured: statSync(file).size / statSync(bare).size,
      unit: '×',
      ...must(1.45),
    },
  ];
}

const measure: Benchmark = () => measureLoads(15, [plain, withSecrets]);

export const guard: Guard = () => measureLoads(7, [plain]);

export default measure;
