import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { freePort } from '../machine/free-port.ts';
import { startWithRestarts, type ChildTask } from '../machine/restarts.ts';
import { LocalCloudError } from '../templates/resource.ts';
import { NamespaceConnections, bareEnvironment, inNamespace, permitsNamespaces } from './namespace.ts';
import { PrivateAgent } from './private-agent.ts';

/** Cores that a process may use, as Linux lists them: `0-3,8` (proc_pid_status(5), Cpus_allowed_list). */
export function coresIn(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

function ownCores(): readonly number[] {
  if (process.platform !== 'linux') return [];
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list === undefined ? [] : coresIn(list);
}

/**
 * The command that runs another command on one core, by chance, where `taskset` is installed.
 *
 * The allocator of `dynoxide` gives every small piece of memory back to the system, which interrupts all cores that run
 * one of its threads. As it handles one write at a time, a second core gains little: on two cores of a virtual machine
 * it took twice the processor time, and answered 1.5 times later.
 */
export function onOneCore(command: readonly string[], cores = ownCores()): readonly string[] {
  const core = cores[randomInt(Math.max(cores.length, 1))];
  if (core === undefined) return command;
  return ['/bin/sh', '-c', 'taskset -cp "$0" $$ >/dev/null 2>&1; exec "$@"', String(core), ...command];
}

/**
 * `dynoxide` answers everyone who reaches its port, web pages included: it has no authentication, and permits all
 * origins. `namespace`: it runs in a network namespace of its own, in which only this process has connections.
 * `loopback`: at an address and port that are hard to find.
 */
export type Reach = 'namespace' | 'loopback';

/** A `dynoxide` that is started again when it ends by itself. */
export type Dynoxide = {
  /** Its address; in a namespace, only the agent reaches it. */
  readonly url: URL;
  /** Its requests wait for a store that is started again, for some seconds. */
  readonly agent: Agent;
  /** Whether it runs now. */
  isRunning(): boolean;
  stop(): Promise<void>;
};

export type DynoxideOptions = {
  /** SQLite file; null: the store is in memory, and empty after each start. */
  readonly file: string | null;
  /** Tests choose it; by default the safest that this machine permits. */
  readonly reach?: Reach;
  /** Prints a line for the person who started it. */
  announce(line: string): void;
};

/**
 * `dynoxide` outlives a closed standard input, so a shell ends it when the pipe at its third descriptor closes: that
 * happens even if this process is killed. The shell prints the id of its process.
 */
const untilPipeCloses =
  '"$@" 3<&- >/dev/null & child=$!; echo "$child"; { cat <&3 >/dev/null; kill "$child"; } & wait "$child"';

/** Connections to the store at once: it handles one write at a time. */
const maxConnections = 24;
/** In a namespace of its own every port is free. */
const namespacePort = 8000;

/**
 * Starts it in a namespace if this machine permits that.
 *
 * @throws LocalCloudError if it does not start
 */
export async function startDynoxide(options: DynoxideOptions, permits = permitsNamespaces): Promise<Dynoxide> {
  const { reach = permits() ? 'namespace' : 'loopback', announce } = options;
  if (reach === 'namespace') {
    const store = await startStore(options, { host: '127.0.0.1', port: namespacePort, start: startInNamespace });
    if (store !== null) return store;
  }
  if (options.reach === undefined) announce(exposed);
  const store = await startStore(options, { host: randomLoopback(), port: await freePort(), start: startOnLoopback });
  if (store === null) throw new LocalCloudError('The DynamoDB store does not start.');
  return store;
}

/** A process with the store, and how it is reached. */
type Store = ChildTask & { connect(): Promise<Socket> };
type StorePlace = { readonly host: string; readonly port: number };

/** Null if its namespace cannot be entered. */
async function startStore(
  options: DynoxideOptions,
  { start, ...place }: StorePlace & { start(options: DynoxideOptions, place: StorePlace): Promise<Store> },
): Promise<Dynoxide | null> {
  const { announce } = options;
  try {
    const store = await startWithRestarts(() => start(options, place), { name: 'The DynamoDB store', announce });
    const agent = new PrivateAgent(async () => (await store.running()).connect(), maxConnections);
    const url = new URL(`http://${place.host}:${place.port}`);
    return { url, agent, isRunning: () => store.isRunning(), stop: () => store.stop() };
  } catch (error) {
    if (error instanceof ClosedNamespace) return null;
    throw error;
  }
}

/** The namespace of a store cannot be entered. */
class ClosedNamespace extends LocalCloudError {}

async function startOnLoopback(options: DynoxideOptions, { host, port }: StorePlace): Promise<Store> {
  const { ended, stop } = await startProcess(options, { host, port, wrap: (command) => command });
  const open = async (): Promise<Socket> => {
    const connection = connect(port, host);
    await once(connection, 'connect');
    return connection;
  };
  return { ended, stop, connect: open };
}

/** @throws ClosedNamespace */
async function startInNamespace(options: DynoxideOptions, { host, port }: StorePlace): Promise<Store> {
  const { pid, ended, stop } = await startProcess(options, { host, port, wrap: inNamespace });
  const connections = new NamespaceConnections({ pid, port });
  void ended.then(() => connections.end());
  if (!(await connections.open())) {
    await stop();
    throw new ClosedNamespace('The network namespace of the DynamoDB store cannot be entered.');
  }
  return { ended, stop, connect: () => connections.take() };
}

const exposed =
  'This machine permits no network namespaces (unshare -rn). The DynamoDB store, which has no authentication, ' +
  'listens at a random address of loopback instead: keep other users off this machine.';

type StoreEndpoint = {
  readonly host: string;
  readonly port: number;
  /** The command that runs another one at this address. */
  wrap(command: readonly string[]): readonly string[];
};

type StoreProcess = ChildTask & { readonly pid: number };

async function startProcess(options: DynoxideOptions, endpoint: StoreEndpoint, attempts = 3): Promise<StoreProcess> {
  const { file } = options;
  const serve = ['serve', '--host', endpoint.host, '--port', String(endpoint.port)];
  const database = file === null ? [] : ['--db-path', file];
  const command = endpoint.wrap(onOneCore([dynoxideBinary(), ...serve, ...database]));
  // Detached: Ctrl-C in a terminal reaches only this process, and the store ends after its clients.
  const shell = spawn('/bin/sh', ['-c', untilPipeCloses, 'sh', ...command], {
    env: bareEnvironment,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const exit = once(shell, 'exit');
  const pid = once(shell.stdout as Readable, 'data').then(([line]) => Number(String(line)));
  const trouble = await readiness(shell.stderr as Readable, exit);
  if (trouble === null) return { pid: await pid, ...endOf(shell) };
  (shell.stdio[3] as Writable).destroy();
  // Another process may have taken the port since the check, or a predecessor may still be closing the file.
  if (attempts > 1) return startProcess(options, endpoint, attempts - 1);
  throw new LocalCloudError(
    `The DynamoDB store does not start ${file === null ? 'in memory' : `on ${file}`}: ${trouble}`,
  );
}

/** Shells report a process that a signal has ended as 128 and its number (POSIX, Shell Command Language, 2.8.2). */
const signalled = 128;
const signalNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);

/** How the store ends, and what ends it. */
function endOf(shell: ChildProcess): ChildTask {
  const lifeline = shell.stdio[3] as Writable;
  const ended = once(shell, 'exit').then(([code, signal]) => {
    // If the shell itself was killed, this ends the store, too.
    lifeline.destroy();
    return String(signal ?? signalNames.get(Number(code) - signalled) ?? `exit code ${code}`);
  });
  return {
    ended,
    stop: async () => {
      lifeline.end();
      await ended;
    },
  };
}

/** Linux answers at every address of 127.0.0.0/8. */
const randomLoopback = (): string => `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;

/** Null when it listens, else its output before it ended. */
async function readiness(output: Readable, exit: Promise<unknown>): Promise<string | null> {
  let said = '';
  const listening = new Promise<true>((resolve) => {
    output.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2000);
      if (said.includes('listening on')) resolve(true);
    });
  });
  return (await Promise.race([listening, exit])) === true ? null : said.replaceAll(/\s+/g, ' ').trim();
}

function dynoxideBinary(): string {
  const binary = fileURLToPath(
    new URL(`../../../node_modules/@dynoxide/${process.platform}-${process.arch}/dynoxide`, import.meta.url),
  );
  if (existsSync(binary)) return binary;
  throw new LocalCloudError(
    `The local DynamoDB store (npm package @dynoxide/${process.platform}-${process.arch}) is not installed: ` +
      'run npm ci, or set DYNAMODB_ENDPOINT to the URL of a DynamoDB-compatible store.',
  );
}
