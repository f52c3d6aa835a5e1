import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Agent } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LocalCloudError } from '../templates/resource.ts';
import { freePort } from '../free-port.ts';
import { bareEnvironment, inNamespace, NamespaceConnections, permitsNamespaces } from './namespace.ts';
import { PrivateAgent } from './private-agent.ts';

/**
 * `dynoxide` answers everyone who reaches its port, web pages included: it has no authentication, and permits all
 * origins. `namespace`: it runs in a network namespace of its own, in which only this process has connections.
 * `loopback`: at an address and port that are hard to find.
 */
export type Reach = 'namespace' | 'loopback';

/** A running `dynoxide`. */
export type Dynoxide = {
  /** Its address; in a namespace, only the agent reaches it. */
  readonly url: URL;
  readonly agent: Agent;
  stop(): Promise<void>;
};

export type DynoxideOptions = {
  /** SQLite file. */
  readonly file: string;
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
  const store = reach === 'namespace' ? await startInNamespace(options) : null;
  if (store !== null) return store;
  if (options.reach === undefined) announce(exposed);
  const [host, port] = [randomLoopback(), await freePort()];
  const { stop } = await startProcess(options, { host, port, wrap: (command) => command });
  return { url: new URL(`http://${host}:${port}`), agent: new Agent({ keepAlive: true }), stop };
}

/** Null if the namespace cannot be entered. */
async function startInNamespace(options: DynoxideOptions): Promise<Dynoxide | null> {
  const [host, port] = ['127.0.0.1', namespacePort];
  const { pid, stop } = await startProcess(options, { host, port, wrap: inNamespace });
  const connections = new NamespaceConnections({ pid, port });
  const stopAll = async () => {
    connections.end();
    await stop();
  };
  if (!(await connections.open())) {
    await stopAll();
    return null;
  }
  const agent = new PrivateAgent(() => connections.take(), maxConnections);
  return { url: new URL(`http://${host}:${port}`), agent, stop: stopAll };
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

type StoreProcess = { readonly pid: number; stop(): Promise<void> };

async function startProcess(options: DynoxideOptions, endpoint: StoreEndpoint, attempts = 3): Promise<StoreProcess> {
  const { file, announce } = options;
  const serve = ['serve', '--host', endpoint.host, '--port', String(endpoint.port), '--db-path', file];
  const command = endpoint.wrap([dynoxideBinary(), ...serve]);
  // Detached: Ctrl-C in a terminal reaches only this process, and the store ends after its clients.
  const shell = spawn('/bin/sh', ['-c', untilPipeCloses, 'sh', ...command], {
    env: bareEnvironment,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const exit = once(shell, 'exit');
  const pid = once(shell.stdout as Readable, 'data').then(([line]) => Number(String(line)));
  const trouble = await readiness(shell.stderr as Readable, exit);
  if (trouble === null) return { pid: await pid, stop: stopper(shell, announce) };
  (shell.stdio[3] as Writable).destroy();
  // Another process may have taken the port since the check, or a predecessor may still be closing the file.
  if (attempts > 1) return startProcess(options, endpoint, attempts - 1);
  throw new LocalCloudError(`The DynamoDB store does not start on ${file}: ${trouble}`);
}

/** Says so if the store ends by itself. @returns ends it */
function stopper(shell: ChildProcess, announce: (line: string) => void): () => Promise<void> {
  const lifeline = shell.stdio[3] as Writable;
  const exit = once(shell, 'exit');
  let stopping = false;
  void exit.then(([code]) => {
    lifeline.destroy();
    if (!stopping) announce(`The DynamoDB store ended unexpectedly (exit code ${code}); start again.`);
  });
  return async () => {
    stopping = true;
    lifeline.end();
    await exit;
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
