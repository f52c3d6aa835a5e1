import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';

/** The ECS services of all stacks, each as one task on this machine. */
export type Services = {
  /** Port of this machine behind a port mapping's name. */
  readonly ports: Readonly<Record<string, number>>;
  close(milliseconds: number): Promise<void>;
};

export type ServiceOptions = {
  readonly resources: readonly CloudResource[];
  /** Tag of a container image → folder that it was made of, with a bundle `index.mjs` for Node. */
  readonly images: ReadonlyMap<string, string>;
  /** Ports that somebody chose, by the names of port mappings; the others are free ones. */
  readonly ports: Readonly<Record<string, number>>;
  /** Variables that the local cloud adds to those of the template. */
  variablesOf(taskDefinition: string, ports: Readonly<Record<string, number>>): Readonly<Record<string, string>>;
  /** A folder that is there. */
  readonly logFolder: string;
};

type Named = { readonly Name: string };
type Container = Named & {
  readonly Image: string;
  readonly Environment?: readonly (Named & { readonly Value: string })[];
  readonly PortMappings?: readonly Named[];
};

/** Milliseconds until a task must be ready; between two looks; before one that crashed is started again. */
const timeout = { ready: 15_000, look: 25, restart: 1_000 };

/**
 * Starts them. A container tells by a 200 of `/ready` at its port mapping `health` that it is. @throws LocalCloudError
 * when one does not start
 */
export async function startServices(options: ServiceOptions): Promise<Services> {
  const services = options.resources.filter(({ type }) => type === 'AWS::ECS::Service');
  const tasks = options.resources.filter(({ arn }) =>
    services.some(({ properties }) => properties['TaskDefinition'] === arn),
  );
  const started = await Promise.all(tasks.map((task) => startTask(task, options)));
  return {
    ports: Object.assign({}, ...started.map(({ ports }) => ports)) as Services['ports'],
    close: (milliseconds) => Promise.all(started.map(({ stop }) => stop(milliseconds))).then(() => undefined),
  };
}

async function startTask({ name, properties }: CloudResource, options: ServiceOptions) {
  const [container] = properties['ContainerDefinitions'] as readonly Container[];
  const folder = options.images.get(container?.Image.split(':').at(-1) ?? '');
  if (container === undefined || folder === undefined)
    throw new LocalCloudError(`The image of ${name} is not among the assets of the synthesized app.`);
  const names = container.PortMappings?.map((mapping) => mapping.Name) ?? [];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (each) => [each, options.ports[each] || (await freePort())] as const)),
  );
  const env = {
    AWS_REGION: pseudoParameters['AWS::Region'],
    TZ: ':UTC',
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    ...Object.fromEntries(container.Environment?.map((variable) => [variable.Name, variable.Value]) ?? []),
    ...Object.fromEntries(
      names.map((each) => [`PORT_${each.toUpperCase().replaceAll('-', '_')}`, String(ports[each])]),
    ),
    ...options.variablesOf(name, ports),
  };
  const log = openSync(join(options.logFolder, `${container.Name}.log`), 'a');
  let stopping = false;
  // By the channel a child notices that its parent is gone, however that ended.
  const start = (): ChildProcess =>
    spawn(process.execPath, ['index.mjs'], { cwd: folder, env, stdio: ['ignore', log, log, 'ipc'] });
  let child = start();
  await untilReady(container.Name, child, ports['health']);
  const restart = async (): Promise<void> => {
    await pause(timeout.restart);
    if (stopping) return;
    child = start().on('exit', () => void restart());
  };
  child.on('exit', () => void restart());
  const stop = async (milliseconds: number): Promise<void> => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    if ((await Promise.race([ended, pause(milliseconds, 'late', { ref: false })])) === 'late') child.kill('SIGKILL');
    await ended;
  };
  return { ports, stop };
}

async function untilReady(name: string, child: ChildProcess, port: number | undefined): Promise<void> {
  const deadline = Date.now() + timeout.ready;
  const look = () =>
    fetch(`http://127.0.0.1:${port}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await look())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new LocalCloudError(
        `The service ${name} does not start: see ${name}.log among the logs. Is one of its ports in use?`,
      );
    }
    await pause(timeout.look);
  }
}

/** A port that is free for TCP and for UDP just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4').bind(port);
  const free = await once(socket, 'listening').then(
    () => true,
    () => false,
  );
  socket.close();
  await once(server.close(), 'close');
  return free ? port : freePort();
}
