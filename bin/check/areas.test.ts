import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { describe, expect, test } from 'vitest';
import { areas, areasOf, namedSteps } from './areas.ts';
import { importGraph } from './import-graph.ts';

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

const graph = importGraph(process.cwd());

describe('the areas', () => {
  test('are the folders of test/system, which has no test file of its own', () => {
    expect(foldersIn('test/system').toSorted()).toEqual([...areas]);
    expect(readdirSync('test/system').filter((name) => name.endsWith('.test.ts'))).toEqual([]);
  });

  test('each have a job of the nightly workflow', () => {
    const workflow = z
      .object({
        jobs: z.object({ area: z.object({ strategy: z.object({ matrix: z.object({ area: z.array(z.string()) }) }) }) }),
      })
      .parse(parse(readFileSync('.github/workflows/nightly.yml', 'utf8')));
    expect(workflow.jobs.area.strategy.matrix.area).toEqual([...areas]);
  });
});

describe('a change asks for the system tests of', () => {
  test.for([
    [['functions/billing/tariffs/tariff.ts'], ['billing']],
    [['functions/sip-sidecar/registrar/registrar.ts'], ['calls', 'peers', 'telephony']],
    [['functions/platform/webhook-delivery/handler.ts'], ['dialplan', 'messaging']],
    [['shared/errors.ts'], ['operations']],
    [['test/system/console-tasks/clicks.fixture.ts'], ['console-tasks']],
    [['test/system/console-records.fixture.ts'], ['console', 'console-tasks']],
    [['functions/system/console/browser/phone/dock.tsx'], ['browser-phone']],
    [['test/system/billing/prepaid-calls.test.ts'], ['billing']],
    [['functions/billing/tariffs/tariff.test.ts', 'README.md', 'infra/README.md'], []],
  ] as const)('%j: %j', ([changed, asked]) => {
    expect(areasOf(graph, changed)).toEqual(asked);
  });

  test('every area that loads a fixture that it changes', () => {
    expect(areasOf(graph, ['test/support/softphone.fixture.ts'])).toEqual(expect.arrayContaining(['calls', 'peers']));
  });

  test('some area, whatever folder of sources it is in', () => {
    const folders = ['functions', 'functions/system', 'functions/sip-sidecar', 'infra', 'shared', 'bin'];
    const files = folders.flatMap((folder) => foldersIn(folder).map((name) => `${folder}/${name}/some-file.ts`));
    expect(files.length).toBeGreaterThan(60);
    expect(files.filter((file) => areasOf(graph, [file]).length === 0)).toEqual([]);
  });
});

test('areas run one after the other, and paths together after them', () => {
  const named = namedSteps(['transfers', 'calls', 'billing', 'drafts']);
  expect(named.map(({ name, stage }) => [name, stage])).toEqual([
    ['calls', 1],
    ['billing', 2],
    ['files', 3],
  ]);
  expect(named.map(({ options = [] }) => options.slice(1))).toEqual([
    ['test/system/calls/'],
    ['test/system/billing/'],
    ['transfers', 'drafts'],
  ]);
});

test('without a name, all areas run', () => {
  expect(namedSteps([]).map(({ name }) => name)).toEqual([...areas]);
});
