import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that call a running system. */
const calling = ['test/{system,authorization,fuzz}/**/*.test.ts'];
const crossing = 'test/{system,authorization,fuzz,soak,bench}/**';

/**
 * Unit tests keep no state in modules and restore what they replace, so files share a process and its loaded modules.
 */
const isolate = false;

/** A limit stops a test that hangs, also where other processes keep the cores busy; `npm run bench` measures speed. */
const milliseconds = { unit: 600_000, system: 1_800_000, soak: 3_600_000 };

/** The slowest files. Started last, each would run alone at the end. */
const longest = [
  'authorization/authorization',
  'fuzz/fuzz',
  'authorization/tenants',
  'sms-chaos',
  'cdr-chaos',
  'documentation',
  'two-versions',
  'upgrade',
  'phone-page',
  'dialplan-evaluation',
  'shared-hosts',
  'purge-jobs/handler',
  'purge-jobs/export-steps',
  'erasures/handler',
  'line-states/line-states',
  'sip-sidecar/restart',
  'erasures/archive-steps',
  'infra/contributing',
  'groups/handler',
  'sip-sidecar/crash',
  'sip-sidecar/nat',
].map((name) => `${name}.test.ts`);

/** Of the others, each commit begins with other ones, so that none is left out again and again (`TEST_DEADLINE`). */
const shuffled = (files: TestSpecification[], seed: string): TestSpecification[] => {
  const keyOf = ({ moduleId }: TestSpecification): string =>
    createHash('sha256')
      .update(`${seed} ${relative(process.cwd(), moduleId)}`)
      .digest('hex');
  return files
    .map((file) => ({ file, key: keyOf(file) }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ file }) => file);
};

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { TEST_DEADLINE: deadline = '', TEST_ORDER: seed = '' } = process.env;
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(name));
      return at === -1 ? longest.length : at;
    };
    const others = deadline === '' ? await super.sort(files) : shuffled(files, seed);
    return others.toSorted((one, other) => place(one) - place(other));
  }
}

type Settings = { include: string[]; exclude?: string[]; globalSetup?: string[]; runner?: string; isolate?: boolean };

/** Milliseconds for which `expect.poll` waits, also on a busy machine. */
const pollTimeout = 180_000;

const project = (name: keyof typeof milliseconds, settings: Settings) => ({
  test: {
    name,
    testTimeout: milliseconds[name],
    hookTimeout: milliseconds[name],
    expect: { poll: { timeout: pollTimeout } },
    ...settings,
    globalSetup: ['test/support/temporary-folder.ts', ...(settings.globalSetup ?? [])],
  },
});

export default defineConfig({
  test: {
    // With these changed, `npm run check` runs all unit tests. Scripts in package.json affect none.
    forceRerunTriggers: ['**/vitest.config.ts', '**/package-lock.json'],
    // More than vitest's default, which leaves a core free: many files wait more than they compute.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', { include: ['{bin,functions,infra,shared,test}/**/*.test.ts'], exclude: [crossing], isolate }),
      project('system', {
        include: calling,
        globalSetup: ['test/system/global-setup.ts'],
        runner: 'test/support/time-limited-runner.ts',
        isolate,
      }),
      project('soak', { include: ['test/soak/**/*.test.ts'] }),
    ],
  },
});
