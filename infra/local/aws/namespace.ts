import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { LocalCloudError } from '../templates/resource.ts';

/** Environment of child processes: none of ours, which has the settings of the person who started it. */
export const bareEnvironment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

/** A new namespace has a loopback interface that is down. One of these programs is installed wherever this runs. */
const loopbackUp = [
  'ip link set lo up 2>/dev/null',
  'ifconfig lo up 2>/dev/null',
  // SIOCSIFFLAGS with IFF_UP and IFF_RUNNING: netdevice(7).
  `perl -e 'socket(S, 2, 2, 0) && ioctl(S, 0x8914, pack("a16 s x14", "lo", 0x41)) || exit 1'`,
].join(' || ');

/** The command that runs another command in a network namespace of its own. */
export const inNamespace = (command: readonly string[]): readonly string[] => [
  ...['unshare', '--map-root-user', '--net', '/bin/sh', '-c', `(${loopbackUp}) && exec "$@"`, 'sh'],
  ...command,
];

/** Whether this user may make namespaces, and enter them again. Containers and some systems do not permit it. */
export function permitsNamespaces(): boolean {
  const [program = '', ...parameters] = inNamespace(['true']);
  const options = { env: bareEnvironment, stdio: 'ignore' } as const;
  return (
    process.platform === 'linux' &&
    spawnSync(program, parameters, options).status === 0 &&
    spawnSync('nsenter', ['--version'], options).status === 0
  );
}

/** Connections that are opened at a time, and milliseconds until they must be there. */
const batch = { size: 8, timeout: 10_000 };

/** Connections to a port of 127.0.0.1 in the namespace of a process. */
export class NamespaceConnections {
  readonly #target: { readonly pid: number; readonly port: number };
  readonly #unused: Socket[] = [];
  #opening: Promise<number> | undefined;

  constructor(target: { readonly pid: number; readonly port: number }) {
    this.#target = target;
  }

  /** @throws LocalCloudError if the namespace cannot be entered */
  async take(): Promise<Socket> {
    for (;;) {
      const connection = this.#unused.pop();
      if (connection?.destroyed === false) return connection;
      if (connection === undefined && !(await this.open()))
        throw new LocalCloudError('The network namespace of the DynamoDB store cannot be entered; start again.');
    }
  }

  /** Opens some connections. @returns false if there are none */
  async open(): Promise<boolean> {
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return (await this.#opening) > 0;
  }

  end(): void {
    for (const connection of this.#unused.splice(0)) connection.destroy();
  }

  async #open(): Promise<number> {
    const { pid, port } = this.#target;
    const script = join(import.meta.dirname, 'namespace-connections.ts');
    const child = spawn(
      'nsenter',
      [
        ...['--target', String(pid), '--user', '--net', '--preserve-credentials'],
        ...[process.execPath, script, String(port), String(batch.size)],
      ],
      { env: bareEnvironment, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], timeout: batch.timeout },
    );
    const received = await connectionsFrom(child);
    if (child.connected) child.disconnect();
    this.#unused.push(...received);
    return received.length;
  }
}

/** A connection that breaks before it is used is destroyed: nothing else listens to its error. */
const quiet = (connection: Socket): Socket => connection.on('error', () => undefined);

/** Those that a process passes until it has passed all, or ends. */
function connectionsFrom(child: ChildProcess): Promise<readonly Socket[]> {
  const received: Socket[] = [];
  return new Promise((resolve) => {
    child.on('error', () => resolve(received));
    child.on('exit', () => resolve(received));
    child.on('message', (_message, connection) => {
      if (connection instanceof Socket) received.push(quiet(connection));
      if (received.length === batch.size) resolve(received);
    });
  });
}
