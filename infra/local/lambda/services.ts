import { openSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../machine/free-port.ts';
import { portSentence, portTrouble } from '../machine/port-trouble.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';
import { DeployedService, type DeploymentLimits, type HealthCheck } from './deployed-service.ts';
import { ServiceTask } from './service-task.ts';
import type { TaskAgent } from '../aws/task-agent.ts';

/** The ECS services of all stacks, with their tasks on this machine. */
export type Services = {
  /** Of each task of a service: the port of this machine behind a port mapping's name. */
  portsOf(name: string): readonly Readonly<Record<string, number>>[];
  /** By the name of the service. */
  readonly byName: ReadonlyMap<string, DeployedService>;
  /** Ends a service and starts it with the code in `folder`. @throws LocalCloudError if it does not start */
  replaceCode(name: string, folder: string): Promise<void>;
  close(milliseconds: number): Promise<void>;
};

export type ServiceOptions = {
  readonly resources: readonly CloudResource[];
  /** Tag of a container image → folder that it is built from, with a bundle `index.mjs` for Node. */
  readonly images: ReadonlyMap<string, string>;
  /**
   * The tasks that a service starts, at first and in a deployment, whatever the template desires: the chosen ports of
   * each one, by the names of port mappings. The others, and 0, get free ones.
   */
  tasksOf(name: string): Promise<readonly Readonly<Record<string, number>>[]>;
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
  /** By which tasks say that they must not be stopped, and the address of its paths. */
  readonly agent: TaskAgent;
  readonly agentUrl: string;
  /** Prints a line for the person who started the local cloud. */
  announce(line: string): void;
};

type Named = { readonly Name: string };
type Container = Named & {
  readonly Image: string;
  readonly Environment?: readonly (Named & { readonly Value: string })[];
  readonly PortMappings?: readonly (Named & { readonly Protocol?: string })[];
  /** Seconds. */
  readonly StopTimeout?: number;
};

/** Seconds from SIGTERM to SIGKILL of a container that says nothing else. */
const defaultStopTimeout = 30;
const second = 1_000;

/**
 * Starts the services. A container reports that it is ready by a 200 at its port mapping `health`: of `/ready`, or of
 * what the target groups of the service ask.
 *
 * @throws LocalCloudError if one does not start
 */
export async function startServices(options: ServiceOptions): Promise<Services> {
  const services = options.resources.filter(({ type }) => type === 'AWS::ECS::Service');
  const definitions = options.resources.filter(({ arn }) =>
    services.some(({ properties }) => properties['TaskDefinition'] === arn),
  );
  const started = await Promise.all(
    definitions.map((definition) => {
      const service = services.find(({ properties }) => properties['TaskDefinition'] === definition.arn);
      const deployment = deploymentOf(service?.properties ?? {}, options.resources);
      return startService({ definition, deployment }, options);
    }),
  );
  const byName = new Map(started.map((service) => [service.name, service]));
  return {
    byName,
    portsOf: (name) => byName.get(name)?.tasks.map(({ ports }) => ports) ?? [],
    replaceCode: async (name, folder) => {
      const service = byName.get(name);
      if (service === undefined) throw new LocalCloudError(`No stack declares the service ${name}.`);
      await service.replaceCode(folder);
    },
    close: (milliseconds) => Promise.all(started.map((each) => each.close(milliseconds))).then(() => undefined),
  };
}

/** How the tasks of a service are checked and replaced. `path` and `check`: undefined, if no target group has it. */
type Deployment = {
  readonly limits: DeploymentLimits;
  readonly path: string | undefined;
  readonly check: HealthCheck | undefined;
};

type ServiceProperties = {
  readonly DeploymentConfiguration?: { readonly MaximumPercent?: number; readonly MinimumHealthyPercent?: number };
  readonly HealthCheckGracePeriodSeconds?: number;
  readonly LoadBalancers?: readonly { readonly TargetGroupArn?: string }[];
};

type TargetGroup = {
  readonly HealthCheckPath?: string;
  readonly HealthCheckIntervalSeconds?: number;
  readonly UnhealthyThresholdCount?: number;
};

/**
 * Of the target groups of a service, the first one counts: all have the same check (`infra/stacks/sip-stack.ts`).
 * Defaults: those of the CloudFormation template reference.
 */
export function deploymentOf(service: ServiceProperties, resources: readonly CloudResource[]): Deployment {
  const { DeploymentConfiguration: limits, LoadBalancers: targets, HealthCheckGracePeriodSeconds: grace } = service;
  const found = resources.find(({ arn }) => arn === targets?.[0]?.TargetGroupArn);
  const group = found?.properties as TargetGroup | undefined;
  return {
    limits: { minimum: limits?.MinimumHealthyPercent ?? 100, maximum: limits?.MaximumPercent ?? 200 },
    path: group?.HealthCheckPath,
    check: group && {
      interval: (group.HealthCheckIntervalSeconds ?? 30) * second,
      threshold: group.UnhealthyThresholdCount ?? 2,
      grace: (grace ?? 0) * second,
    },
  };
}

type Started = { readonly definition: CloudResource; readonly deployment: Deployment };

async function startService({ definition, deployment }: Started, options: ServiceOptions): Promise<DeployedService> {
  const container = containerOf(definition);
  const folder = options.images.get(container.Image.split(':').at(-1) ?? '');
  if (folder === undefined)
    throw new LocalCloudError(`The image of ${definition.name} is not among the assets of the synthesized app.`);
  const service = new DeployedService({
    name: container.Name,
    folder,
    announce: options.announce,
    limits: deployment.limits,
    health: deployment.check,
    stopTimeout: (container.StopTimeout ?? defaultStopTimeout) * second,
    newTasks: async (revision, count) => {
      const chosen = (await options.tasksOf(container.Name)).slice(0, count);
      const wanted = chosen.map((ports, number) => ({
        ...{ name: definition.name, container, revision, number, chosen: ports },
        healthPath: deployment.path,
      }));
      return Promise.all(wanted.map((each) => newTask(each, options)));
    },
    explain: (ports) => portError(container.PortMappings ?? [], ports, options),
  });
  await service.start();
  return service;
}

function containerOf({ name, properties }: CloudResource): Container {
  const [container] = properties['ContainerDefinitions'] as readonly Container[];
  if (container === undefined) throw new LocalCloudError(`The task ${name} has no container.`);
  return container;
}

/** A task that is to be started. */
type Wanted = Pick<CloudResource, 'name'> & {
  readonly container: Container;
  readonly revision: number;
  /** Among the tasks of its revision, from 0. */
  readonly number: number;
  readonly chosen: Readonly<Record<string, number>>;
  readonly healthPath: string | undefined;
};

async function newTask(wanted: Wanted, options: ServiceOptions): Promise<ServiceTask> {
  const { name, container, revision, number, chosen, healthPath } = wanted;
  const names = container.PortMappings?.map((mapping) => mapping.Name) ?? [];
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (each) => [each, chosen[each] || (await freePort())] as const)),
  );
  const protection = options.agent.add();
  const variables = {
    AWS_REGION: pseudoParameters['AWS::Region'],
    TZ: ':UTC',
    TASK_GENERATION: String(revision),
    ECS_AGENT_URI: `${options.agentUrl}${protection.path}`,
    ...Object.fromEntries(container.Environment?.map((variable) => [variable.Name, variable.Value]) ?? []),
    ...Object.fromEntries(
      names.map((each) => [`PORT_${each.toUpperCase().replaceAll('-', '_')}`, String(ports[each])]),
    ),
    ...options.variablesOf(container.Name, name, ports),
  };
  return new ServiceTask({
    name: container.Name,
    revision,
    ports,
    variables,
    announce: options.announce,
    protection,
    healthPath,
    log: openSync(join(options.logFolder, `${container.Name}${number === 0 ? '' : `-${number + 1}`}.log`), 'a'),
  });
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
