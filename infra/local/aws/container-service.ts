import { pseudoParameters } from '../templates/resource.ts';
import { failure, json, textIn, type AwsService } from './aws-call.ts';

const { 'AWS::Region': region, 'AWS::AccountId': account } = pseudoParameters;

/** A service whose tasks are replaced by those of another revision. */
type ReplaceableService = {
  readonly name: string;
  readonly tasks: readonly { readonly id: string; readonly revision: number; readonly isProtected: boolean }[];
  readonly deployment: { readonly revision: number; readonly state: string };
  /** @param revision default: the next one */
  deploy(revision?: number): unknown;
};

/** A revision in `family:revision`, or its ARN. */
const revisionForm = /:(\d{1,9})$/;

/** As DescribeServices does. `runningCount`: also those of other revisions that have not ended. */
function describe({ name, tasks, deployment }: ReplaceableService) {
  const definition = (revision: number): string =>
    `arn:aws:ecs:${region}:${account}:task-definition/${name}:${revision}`;
  const revisions = new Set([deployment.revision, ...tasks.map(({ revision }) => revision)]);
  return {
    serviceName: name,
    status: 'ACTIVE',
    runningCount: tasks.length,
    taskDefinition: definition(deployment.revision),
    deployments: [...revisions].map((revision) => ({
      status: revision === deployment.revision ? 'PRIMARY' : 'ACTIVE',
      taskDefinition: definition(revision),
      runningCount: tasks.filter((task) => task.revision === revision).length,
      ...(revision === deployment.revision ? { rolloutState: deployment.state } : {}),
    })),
  };
}

/** As GetTaskProtection does. */
const protectionOf = ({ name, tasks }: ReplaceableService) =>
  tasks.map(({ id, isProtected }) => ({
    taskArn: `arn:aws:ecs:${region}:${account}:task/${name}/${id}`,
    protectionEnabled: isProtected,
  }));

/**
 * The part of Amazon ECS by which an operator replaces the tasks of a service: UpdateService with `forceNewDeployment`
 * for the next revision, or with a `taskDefinition` such as `sip-sidecar:1` for an earlier one, DescribeServices, and
 * GetTaskProtection for all tasks (Amazon ECS API Reference).
 * @param services by name
 */
export const containerService =
  (services: () => ReadonlyMap<string, ReplaceableService>): AwsService =>
  async ({ operation, parameters }) => {
    const named = (name: string): ReplaceableService | undefined => services().get(name);
    if (operation === 'DescribeServices') {
      const names = (parameters['services'] ?? []) as readonly string[];
      return json(200, { services: names.flatMap((name) => named(name) ?? []).map(describe), failures: [] });
    }
    if (operation === 'GetTaskProtection') {
      const all = [...services().values()].flatMap(protectionOf);
      return json(200, { protectedTasks: all, failures: [] });
    }
    if (operation !== 'UpdateService')
      return failure(400, 'UnknownOperationException', `The local cloud has no operation ${operation} of ECS.`);
    const service = named(textIn(parameters, 'service'));
    if (service === undefined) return failure(400, 'ServiceNotFoundException', 'Service not found.');
    const [, digits] = revisionForm.exec(textIn(parameters, 'taskDefinition')) ?? [];
    if (digits !== undefined) service.deploy(Number(digits));
    else if (parameters['forceNewDeployment'] === true) service.deploy();
    return json(200, { service: describe(service) });
  };
