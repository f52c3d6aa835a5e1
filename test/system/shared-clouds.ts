import { dirname } from 'node:path';
import * as z from 'zod';
import { eventually } from '../support/eventually.ts';
import { connect, newOperator, outputsFileIn, startCloud, type LocalCloud, type OwnCloud } from './cloud.ts';
import { askSetup, type SetupService } from './setup-services.ts';

/**
 * Clouds that system tests share, beside the one that all have. The first test that asks for one starts it, so that a
 * run without such a test does not.
 */

/** With more, a third attempt at one SMS fails often and waits for ten minutes. */
const failures = { failedAnswer: 0.01, lostAnswer: 0.01, throttle: 0.01, conflict: 0.01, duplicateDelivery: 0.05 };

/** Rates of faults, as `FAULTS` has them (infra/local/aws/faults.ts). */
export const faultRates = {
  /** No function is killed: the answer of a success would be lost with it. */
  faults: { ...failures, killedFunction: 0 },
  /** An invocation is killed within this time, if it takes that long. */
  kills: { ...failures, killedFunction: { rate: 0.02, milliseconds: 60 } },
};

/** Drawn for each run, and printed; `FAULT_SEED` repeats it. */
const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 1e6));
const faulty = (name: keyof typeof faultRates): NodeJS.ProcessEnv => ({
  FAULTS: JSON.stringify({ seed, ...faultRates[name] }),
  RATE_LIMIT_SCALE: '1000',
  OUTBOUND_ALLOW_PRIVATE: '1',
});

const settings = {
  /**
   * Two tasks of the sidecar, and a media relay where one is installed: calls of one machine, from which all tests
   * send, to providers, webhooks and webpages on it.
   */
  sip: { SIDECARS: '2', MEDIA_RELAY: '', RATE_LIMIT_SCALE: '20', OUTBOUND_ALLOW_PRIVATE: '1' },
  /** Requests to the store and the queues fail. */
  faults: faulty('faults'),
  /** Functions are killed as well. */
  kills: faulty('kills'),
} satisfies Record<string, NodeJS.ProcessEnv>;

type CloudName = keyof typeof settings;

const Started = z.object({ outputs: z.string(), operator: z.string() });

function cloudOnDemand(environment: NodeJS.ProcessEnv) {
  let cloud: Promise<OwnCloud> | undefined;
  const start = async (): Promise<z.input<typeof Started>> => {
    if (environment['FAULTS'] !== undefined) process.stdout.write(`A cloud starts with FAULT_SEED=${seed}\n`);
    const running = await (cloud ??= startCloud(environment));
    return { outputs: outputsFileIn(running.dataDir), operator: await eventually(() => newOperator(running)) };
  };
  let started: ReturnType<typeof start> | undefined;
  return {
    serve: () => (started ??= start()),
    stop: async () =>
      cloud?.then(
        (running) => running.stop(),
        // Each test that asked for it has failed with the reason.
        () => undefined,
      ),
  };
}

/**
 * The services that start the clouds.
 * @param env further environment of each cloud
 */
export function cloudsOnDemand(env: NodeJS.ProcessEnv): {
  readonly services: Readonly<Record<string, SetupService>>;
  /** Stops those that were started. */
  readonly stop: () => Promise<void>;
} {
  const clouds = Object.entries(settings).map(([name, own]) => [name, cloudOnDemand({ ...own, ...env })] as const);
  return {
    services: Object.fromEntries(clouds.map(([name, { serve }]) => [name, serve])),
    stop: async () => void (await Promise.all(clouds.map(([, { stop }]) => stop()))),
  };
}

/** A shared cloud, and the token of an operator in it. @throws if it does not start */
export async function sharedCloud(name: CloudName): Promise<{ readonly cloud: LocalCloud; readonly operator: string }> {
  const { outputs, operator } = Started.parse(await askSetup(name));
  return { cloud: { ...connect(outputs), dataDir: dirname(outputs) }, operator };
}
