import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { portSentence, portTrouble } from '../port-trouble.ts';
import { compileCacheIn } from './lambda-pool.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';

/** The ECS services of all stacks, with their tasks on this machine. */
export type Services = {
  /** Of each task of a service: the port of this machine behind a port mapping's name. */
  portsOf(name: string): readonly Readonly<Record<string, number>>[];
  /** Ends a service and starts it with the code in `folder`. @throws LocalCloudError if it does not start */
  replaceCode(name: string, folder: string): Promise<void>;
  close(milliseconds: number): Promise<void>;
};

export type ServiceOptions = {
  readonly resources: readonly CloudResource[];
  /** Tag of a container image → folder that it is built from, with a bundle `index.mjs` for Node. */
  readonly images: ReadonlyMap<string, string>;
  /**
   * The tasks of a service, whatever the template desires: the chosen ports of each one, by the names of port mappings.
   * The others, and 0, get free ones.
   */
  tasksOf(name: string): readonly Readonly<Record<string, number>>[];
  /** Variables that the local cloud adds to those of the template. */
  variablesOf(
    container: string,
    taskDefinition: string,
    ports: Readonly<Record<string, number>>,
  ): Readonly<Record<string, string>>;
  /** The environment variable that chooses the port of a port mapping; absent for ports that are always free ones. */
  settingOf(portMapping: string): string | undefined;
  /** At which the services listen. */
  readonly host: string;
  /** An existing folder. */
  readonly logFolder: string;
  /** Prints a line for the person who started the local cloud. */
  announce(line: string): void;
};

type Named = { readonly Name: string };
type Container = Named & {
  readonly Image: string;
  readonly Environment?: readonly (Named & { readonly Value: string })[];
  readonly PortMappings?: readonly (Named & { readonly Protocol?: string })[];
};

/** Milliseconds until a task must be ready, between two probes of it, and before one that crashed is started again. */
const timeout = { ready: 120_000, probe: 25, restart: 1_000 };

/**
 * V8 lets the heap for new objects grow to 48 MiB before it collects them, which an idle process takes some minutes to
 * fill. In MiB, for each of its three parts.
 */
const youngGeneration = '--max-semi-space-size=1';

/**
 * Starts the services. A container reports that it is ready by a 200 of `/ready` at its port mapping `health`.
 *
 * @throws LocalCloudError if one does not start
 */
export async function startServices(options: ServiceOptions): Promise<Services> {
  const services = options.resources.filter(({ type }) => type === 'AWS::ECS::Service');
  const definitions = options.resources.filter(({ arn }) =>
    services.some(({ properties }) => properties['TaskDefinition'] === arn),
  );
  const tasks = await Promise.all(
    definitions.flatMap((definition) => {
      const container = containerOf(definition);
      return options
        .tasksOf(container.Name)
        .map((chosen, number) => startTask({ ...definition, container, number, chosen }, options));
    }),
  );
  return {
    portsOf: (name) => tasks.filter((task) => task.name === name).map(({ ports }) => ports),
    replaceCode: async (name, folder) => {
      const replaced = tasks.filter((each) => each.name === name);
      if (replaced.length === 0) throw new LocalCloudError(`No stack declares the service ${name}.`);
      // One after the other, as a deployment does.
      for (const task of replaced) await task.replaceCode(folder);
    },
    close: (milliseconds) => Promise.all(tasks.map((task) => task.stop(milliseconds))).then(() => undefined),
  };
}

function containerOf({ name, properties }: CloudResource): Container {
  const [container] = properties['ContainerDefinitions'] as readonly Container[];
  if (container === undefined) throw new LocalCloudError(`The task ${name} has no container.`);
  return container;
}

/** A task that is to be started. */
type Wanted = Pick<CloudResource, 'name'> & {
  readonly container: Container;
  /** Among the tasks of its service, from 0. */
  readonly number: number;
  readonly chosen: Readonly<Record<string, number>>;
};

async function startTask({ name, container, number, chosen }: Wanted, options: ServiceOptions): Promise<Task> {
  const folder = options.images.get(container.Image.split(':').at(-1) ?? '');
  if (folder === undefined)
    throw new LocalCloudError(`The image of ${name} is not among the assets of the synthesized app.`);
  const names = container.PortMappings?.map((mapping) => mapping.Name) ?? [];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (each) => [each, chosen[each] || (await freePort())] as const)),
  );
  const variables = {
    AWS_REGION: pseudoParameters['AWS::Region'],
    TZ: ':UTC',
    ...Object.fromEntries(container.Environment?.map((variable) => [variable.Name, variable.Value]) ?? []),
    ...Object.fromEntries(
      names.map((each) => [`PORT_${each.toUpperCase().replaceAll('-', '_')}`, String(ports[each])]),
    ),
    ...options.variablesOf(container.Name, name, ports),
  };
  const task = new Task({
    name: container.Name,
    ports,
    variables,
    announce: options.announce,
    log: openSync(join(options.logFolder, `${container.Name}${number === 0 ? '' : `-${number + 1}`}.log`), 'a'),
  });
  try {
    await task.start(folder);
  } catch (error) {
    throw (await portError(container.PortMappings ?? [], ports, options)) ?? error;
  }
  return task;
}

/** The error of the first chosen port that cannot be opened, now that the task has ended. */
async function portError(
  mappings: NonNullable<Container['PortMappings']>,
  ports: Readonly<Record<string, number>>,
  { settingOf, host }: ServiceOptions,
): Promise<LocalCloudError | undefined> {
  for (const { Name: name, Protocol: protocol } of mappings) {
    const [setting, port] = [settingOf(name), ports[name]];
    if (setting === undefined || port === undefined) continue;
    const trouble = await portTrouble({ host, port }, protocol === 'udp' ? 'udp' : 'tcp');
    if (trouble !== undefined) return new LocalCloudError(portSentence({ host, port }, setting, trouble));
  }
  return undefined;
}

type TaskSettings = Pick<ServiceOptions, 'announce'> & {
  readonly name: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly variables: Readonly<Record<string, string>>;
  /** Descriptor of the file that receives the task's output. */
  readonly log: number;
};

/** One container of a service, as a child process. It is started again after a crash. */
class Task {
  readonly name: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly #settings: TaskSettings;
  #running: ChildProcess | undefined;

  constructor(settings: TaskSettings) {
    this.name = settings.name;
    this.ports = settings.ports;
    this.#settings = settings;
  }

  /** @throws LocalCloudError if it is not ready in time */
  async start(folder: string): Promise<void> {
    const child = this.#spawn(folder);
    await untilReady(this.name, child, this.ports['health']);
    this.#restartAfterCrash(child, folder);
  }

  /** Ends the process and starts the code in `folder`. */
  async replaceCode(folder: string): Promise<void> {
    await this.stop(timeout.restart);
    await this.start(folder);
  }

  /** Waits at most `milliseconds` for the process to finish, then kills it. */
  async stop(milliseconds: number): Promise<void> {
    const child = this.#running;
    this.#running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    if ((await Promise.race([ended, pause(milliseconds, 'late', { ref: false })])) === 'late') child.kill('SIGKILL');
    await ended;
  }

  /** The child notices by its channel that its parent has ended, even if that was killed. */
  #spawn(folder: string): ChildProcess {
    const { variables, log } = this.#settings;
    const env = { ...compileCacheIn(folder), ...variables };
    this.#running = spawn(process.execPath, [youngGeneration, 'index.mjs'], {
      cwd: folder,
      env,
      stdio: ['ignore', log, log, 'ipc'],
    });
    return this.#running;
  }

  #restartAfterCrash(child: ChildProcess, folder: string): void {
    child.once('exit', (code, signal) => {
      if (this.#running === child)
        this.#settings.announce(
          `A task of ${this.name} ended unexpectedly (${signal ?? `exit code ${code}`}); it is started again.`,
        );
      void pause(timeout.restart).then(() => {
        if (this.#running === child) this.#restartAfterCrash(this.#spawn(folder), folder);
      });
    });
  }
}

async function untilReady(name: string, child: ChildProcess, port: number | undefined): Promise<void> {
  const deadline = Date.now() + timeout.ready;
  const probe = () =>
    fetch(`http://127.0.0.1:${port}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await probe())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new LocalCloudError(`The service ${name} does not start: see ${name}.log among the logs.`);
    }
    await pause(timeout.probe);
  }
}
