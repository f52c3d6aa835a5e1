import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { metricsInterval, metricsVariable, relayMetrics } from '#contract/sidecar-metrics.ts';
import type { Objects } from '#objects/objects.ts';
import type { Log } from '#runtime/log.ts';
import { second } from '#schema/time.ts';
import type { Secrets } from '#secrets/secrets.ts';
import { serveHttp } from '../sip-sidecar/control/http.ts';
import { GenerationHandOver } from '../sip-sidecar/leases/generation-hand-over.ts';
import { NgClient, relayName, type RelayAddress } from '../sip-sidecar/media/ng-client.ts';
import { leaseInterval } from '../sip-sidecar/media/relay-leases.ts';
import type { NgCommand, NgReply } from '../sip-sidecar/media/ng-message.ts';
import { runPeriodically } from '#concurrency/periodic.ts';
import { embeddedMetrics } from '#runtime/embedded-metrics.ts';
import { privateAddress, taskRevision } from '../sip-sidecar/task/task-metadata.ts';
import { TaskProtection } from '../sip-sidecar/task/task-protection.ts';
import { controlHandler } from './control.ts';
import { DigitLog } from './digit-log.ts';
import { openDigitReceiver } from './digit-receiver.ts';
import { OwnLease, type LeaseStore } from './lease.ts';
import { publicAddress } from './public-address.ts';
import { Recorder, discardUnfinished, type RecorderDependencies } from './recordings/recorder.ts';
import { rtpengineArguments, withTimerSlack, type RtpEngineSettings } from './rtpengine.ts';
import type { Settings } from './settings.ts';
import { SoundCache } from './sound-cache.ts';
import { prepareSounds } from './sounds.ts';

/** A running media relay. */
export type Relay = {
  /** Sessions that it relays, as of the last check. */
  readonly sessions: () => number;
  /** Resolves to the exit code of rtpengine, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Waits for the calls as long as the settings allow, and stops. */
  readonly close: () => Promise<void>;
};

/** The dependencies of a relay. */
export type RelayDependencies = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  readonly fault: (error: unknown) => void;
  /** Logs what an operator may want to know. */
  readonly note: Log['note'];
  /** Where recordings and sounds are stored. */
  readonly objects: RecorderDependencies['objects'] & Pick<Objects<'files', 'files' | 'speech' | 'voicemail'>, 'open'>;
  readonly secrets: Secrets<'sidecar-control'>;
  /** Where the tasks of the sidecar find it. */
  readonly leases: LeaseStore;
};

/** Interval at which rtpengine is asked for its sessions, in milliseconds. */
const checkInterval = second;

/** Interval at which finished captures are looked for, in milliseconds. */
const recordingInterval = second;

/**
 * Starts rtpengine. It is ready when rtpengine answers. While it has sessions, ECS does not stop it to scale in.
 * @throws Error if its address is not found, or a port is in use
 */
export async function startRelay(settings: Settings, dependencies: RelayDependencies): Promise<Relay> {
  const address = settings.address ?? (await addressOfTask(settings.metadataUri));
  await using starting = new AsyncDisposableStack();
  const ng = { address: settings.ngAddress ?? address, port: settings.ports.ng };
  const digits = new DigitLog();
  const receiver = await openDigitReceiver(digits);
  starting.defer(() => receiver.close());
  const engine = await startEngine(settings, { address, ng, digits: receiver.destination });
  const ended = endOf(engine);
  starting.defer(() => stop(engine));
  const client = new NgClient();
  starting.defer(() => client.close());
  const watch = new Watch(async () => {
    const { statistics } = await client.ask(ng, { command: 'statistics' });
    return statistics?.currentstatistics.sessionstotal;
  });
  const own = { ...ng, control: settings.ports.control, generation: await generationOf(settings) };
  const isStopping = (): boolean => watch.isDraining;
  const lease = new OwnLease({ own, store: dependencies.leases, isStopping, now: Date.now });
  await startJobs(starting, watch, { settings, dependencies, ng, lease });
  await startControl(starting, { settings, dependencies, ng, digits, lease });
  const renew = startLease(starting, { lease, watch, dependencies });
  const store = startRecorder(starting, settings, dependencies);
  const running = starting.move();
  return {
    sessions: () => watch.sessions,
    ended,
    close: async () => {
      const drained = watch.drain(settings.drainSeconds * second);
      await renew();
      await drained;
      // rtpengine finishes the captures of calls that end, and not of those that it has when it stops.
      await endCalls((command) => client.ask(ng, command)).catch(dependencies.fault);
      await store();
      await running.disposeAsync();
    },
  };
}

/** Milliseconds from which on a check renews the lease: checks are not quite regular. */
const dueInterval = leaseInterval - checkInterval / 2;

/**
 * Renews the lease while rtpengine answers, so that no task finds the relay before. The lease ends when the relay
 * stops.
 * @returns renews it at once
 */
function startLease(
  starting: AsyncDisposableStack,
  {
    lease,
    watch,
    dependencies: { fault },
  }: { readonly lease: OwnLease; readonly watch: Watch; readonly dependencies: Pick<RelayDependencies, 'fault'> },
): () => Promise<void> {
  let renewedAt = -Infinity;
  let renewal = Promise.resolve();
  const renewOnce = async (): Promise<void> => {
    if (!watch.isAlive) return;
    await lease.refresh();
    watch.isFound = true;
    renewedAt = Date.now();
  };
  const renew = async (): Promise<void> => {
    renewal = renewal.then(renewOnce).catch(fault);
    await renewal;
  };
  const renewIfDue = async (): Promise<void> => (Date.now() - renewedAt < dueInterval ? undefined : renew());
  starting.defer(() => lease.end().catch(fault));
  starting.defer(runPeriodically(checkInterval, renewIfDue, fault));
  return renew;
}

/** What the relay was started from. */
const generationOf = async ({ metadataUri, generation }: Settings): Promise<string> =>
  metadataUri === undefined ? generation : taskRevision(metadataUri);

/** Ids of calls that are listed at once. */
const listed = 500;

/** Ends the calls that rtpengine has. */
async function endCalls(ask: (command: NgCommand) => Promise<NgReply>): Promise<void> {
  const ended = new Set<string>();
  for (;;) {
    const { calls = [] } = await ask({ command: 'list', limit: listed });
    const others = calls.filter((call) => !ended.has(call));
    if (others.length === 0) return;
    for (const call of others) await ask({ command: 'delete', 'call-id': call, 'delete-delay': 0 });
    for (const call of others) ended.add(call);
  }
}

/**
 * Microseconds by which a packet of a sound may be late: a tenth of what it says, which no jitter buffer notices. Else
 * each packet of each call is a change between threads (README.md, "What playing costs").
 */
const timerSlack = 2_000;

/**
 * It ends with this process, even if that is killed. In a session of its own (setsid(2)) it gets no Ctrl+C of a
 * terminal: rtpengine 10.5 crashes when it is stopped while it records a call (README.md), so calls end first. It dumps
 * no core: a dump has the keys and voices of calls.
 */
async function startEngine(
  settings: Settings,
  own: Pick<RtpEngineSettings, 'address' | 'ng' | 'digits'>,
): Promise<ChildProcess> {
  const { mediaPorts, recordingFolder } = settings;
  if (recordingFolder !== undefined) await prepareFolder(recordingFolder);
  const seen = settings.publicAddress === 'auto' ? await publicAddress() : settings.publicAddress;
  const engine = rtpengineArguments({ ...own, publicAddress: seen, mediaPorts, recordingFolder });
  const program = ['--pdeathsig', 'KILL', 'prlimit', '--core=0:0', 'rtpengine', ...engine];
  return withTimerSlack(timerSlack, () =>
    spawn('setpriv', program, { stdio: ['ignore', 'inherit', 'inherit'], detached: true }),
  );
}

/** @param folder of recordings */
async function prepareFolder(folder: string): Promise<void> {
  await prepareSounds(folder);
  await discardUnfinished(folder);
}

type JobDependencies = {
  readonly settings: Settings;
  readonly dependencies: RelayDependencies;
  readonly ng: RelayAddress;
  readonly lease: Pick<OwnLease, 'newer'>;
};

/** Watches rtpengine, and tells ECS and CloudWatch of its sessions. */
async function startJobs(
  starting: AsyncDisposableStack,
  watch: Watch,
  { settings, dependencies, ng, lease }: JobDependencies,
): Promise<void> {
  const { fault, note } = dependencies;
  starting.defer(runPeriodically(checkInterval, () => watch.refresh(), fault));
  const protection = new TaskProtection({ agentUri: settings.agentUri, calls: () => watch.sessions, now: Date.now });
  starting.defer(runPeriodically(checkInterval, () => protection.refresh(), fault));
  // Calls stay at their relay: it says how long it waits for them.
  const handOver = new GenerationHandOver({
    id: relayName(ng),
    newer: () => lease.newer,
    calls: {
      get size() {
        return watch.sessions;
      },
    },
    offers: {
      get immovable() {
        return watch.sessions;
      },
      offerIdle: async () => 0,
    },
    protect: () => protection.refresh(),
    log: { note },
    now: Date.now,
  });
  starting.defer(runPeriodically(checkInterval, () => handOver.refresh(), fault));
  starting.defer(reportMetrics(watch, dependencies));
  const health = await serveHealth(settings, watch, dependencies);
  starting.defer(() => health.close());
}

/** Serves sounds and digits to the sidecar. */
async function startControl(
  starting: AsyncDisposableStack,
  {
    settings,
    dependencies,
    ng,
    digits,
    lease,
  }: {
    readonly settings: Settings;
    readonly dependencies: RelayDependencies;
    readonly ng: RelayAddress;
    readonly digits: DigitLog;
    readonly lease: OwnLease;
  },
): Promise<void> {
  const { soundFolder: folder, ports } = settings;
  const { objects, secrets, fault } = dependencies;
  const sounds = folder === undefined ? undefined : await SoundCache.open({ folder, objects });
  const clock = () => new Date();
  const bound = { host: ng.address, port: ports.control };
  const handler = controlHandler({
    relay: relayName(ng),
    secrets,
    clock,
    sounds,
    digits,
    generation: () => lease.generation,
  });
  const control = await serveHttp(bound, handler, fault);
  starting.defer(() => control.close());
  // Its readers end, so that the interface can.
  starting.defer(() => digits.close());
}

/** Stores recordings. @returns stores those that have finished */
function startRecorder(
  starting: AsyncDisposableStack,
  { recordingFolder: folder }: Settings,
  { objects, fault }: RelayDependencies,
): () => Promise<void> {
  if (folder === undefined) return async () => undefined;
  const recorder = new Recorder({ folder, objects, fault });
  starting.defer(runPeriodically(recordingInterval, () => recorder.run(), fault));
  return () => recorder.run();
}

/** What rtpengine reports. */
class Watch {
  sessions = 0;
  /** Whether it takes no new calls, as it stops. */
  isDraining = false;
  /** Whether rtpengine answers. */
  isAlive = false;
  /** Whether the tasks of the sidecar find the relay. */
  isFound = false;
  readonly #ask: () => Promise<number | undefined>;

  constructor(ask: () => Promise<number | undefined>) {
    this.#ask = ask;
  }

  /** Whether rtpengine answers, and the tasks of the sidecar find it for new calls. */
  get isReady(): boolean {
    return this.isAlive && this.isFound && !this.isDraining;
  }

  /** Takes no new calls, and waits for those that it has. @param milliseconds at most */
  async drain(milliseconds: number): Promise<void> {
    this.isDraining = true;
    const until = Date.now() + milliseconds;
    while (this.sessions > 0 && Date.now() < until) await pause(checkInterval);
  }

  async refresh(): Promise<void> {
    const sessions = await this.#ask().catch(() => undefined);
    this.isAlive = sessions !== undefined;
    if (sessions !== undefined) this.sessions = sessions;
  }
}

const serveHealth = (settings: Settings, watch: Watch, { fault }: RelayDependencies) =>
  serveHttp(
    { host: settings.healthHost, port: settings.ports.health },
    async ({ path }) => {
      if (path === '/live') return { status: 200, body: {} };
      if (path === '/ready') return { status: watch.isReady ? 200 : 503, body: {} };
      return { status: 404, body: {} };
    },
    fault,
  );

async function addressOfTask(metadataUri: string | undefined): Promise<string> {
  if (metadataUri === undefined) throw new Error('MEDIA_ADDRESS is missing, and there is no task with an address');
  return privateAddress(metadataUri);
}

/** A program that is not installed ends with a sentence. */
async function endOf(engine: ChildProcess): Promise<number | NodeJS.Signals | null> {
  const [code, signal] = (await once(engine, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? signal;
}

async function stop(engine: ChildProcess): Promise<void> {
  if (engine.exitCode !== null || engine.signalCode !== null) return;
  const ended = once(engine, 'exit');
  engine.kill('SIGTERM');
  await ended;
}

/** Prints the metrics once a minute, if a namespace is set. @returns stops it */
function reportMetrics(watch: Watch, { environment, print, fault }: RelayDependencies): () => Promise<void> {
  const namespace = environment[metricsVariable];
  if (namespace === undefined) return async () => undefined;
  const report = async (): Promise<void> =>
    print(
      JSON.stringify(
        embeddedMetrics({ namespace, units: relayMetrics }, { Relays: 1, Sessions: watch.sessions }, Date.now()),
      ),
    );
  return runPeriodically(metricsInterval * second, report, fault);
}
