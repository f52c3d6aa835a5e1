import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that call a running system, and those that take long; all others are unit tests. */
const crossing = 'test/{journeys,system,storms,soak,bench}/**';
/** Starts the running system. */
const cloudSetup = 'test/system/global-setup.ts';

/**
 * Unit tests keep no state in modules and restore what they replace, so files share a process and its loaded modules.
 */
const isolate = false;

/** A limit stops a test that hangs, also where other processes keep the cores busy; `npm run bench` measures speed. */
const milliseconds = { unit: 300_000, journeys: 300_000, system: 600_000, storms: 600_000, soak: 3_600_000 };

/** The slowest files. Started last, each would run alone at the end. */
const longest = [
  'proofs/authorization',
  'proofs/malformed-input',
  'proofs/tenants',
  'infra/bundles',
  'journeys/console',
  'journeys/readme',
  'storms/contributing',
  'accounts/domain-claims',
  'records/file-uploads',
  'records/erasures',
  // Makes networks, upon which Chromium drops what it loads: none runs beside the first files.
  'media-relay-nat',
  'generated-handling',
  'sms-chaos',
  'killed-functions',
  'two-versions',
  'upgrade',
  'phone-page',
  'shared-hosts',
  'heard-handover',
  'sidecar-tasks',
  'demo',
  'purge-jobs/handler',
  'purge-jobs/export-steps',
  'erasures/handler',
  'line-states/line-states',
  'erasures/archive-steps',
  'hold-counts/handler',
  'storms/sip-restart',
  'storms/sip-crash',
  'storms/sip-nat',
].map((name) => `${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(name));
      return at === -1 ? longest.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

type Settings = { include: string[]; exclude?: string[]; globalSetup?: string[]; isolate?: boolean };

/** Milliseconds for which `expect.poll` waits, also on a busy machine. */
const pollTimeout = 55_000;

const project = (name: keyof typeof milliseconds, settings: Settings) => ({
  test: {
    name,
    testTimeout: milliseconds[name],
    hookTimeout: milliseconds[name],
    expect: { poll: { timeout: pollTimeout } },
    runner: 'test/support/profiled-runner.ts',
    ...settings,
    globalSetup: ['test/support/temporary-folder.ts', ...(settings.globalSetup ?? [])],
  },
});

export default defineConfig({
  test: {
    // With these changed, `npm run check` runs all unit tests. Scripts in package.json affect none.
    forceRerunTriggers: ['**/vitest.config.ts', '**/package-lock.json'],
    // More than vitest's default, which leaves a core free: many files wait more than they compute.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', {
        include: ['{bin,functions,infra,shared,test}/**/*.test.ts'],
        exclude: [crossing],
        globalSetup: ['test/support/table-definition.ts'],
        isolate,
      }),
      project('journeys', { include: ['test/journeys/**/*.test.ts'], globalSetup: [cloudSetup], isolate }),
      project('system', {
        include: ['test/system/**/*.test.ts'],
        globalSetup: [cloudSetup],
        isolate,
      }),
      project('storms', { include: ['test/storms/**/*.test.ts'], isolate }),
      project('soak', { include: ['test/soak/**/*.test.ts'] }),
    ],
  },
});
