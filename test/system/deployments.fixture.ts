import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '#aws/sha256.ts';
import type { OwnCloud } from './cloud.ts';
import { environmentOf, processesOf } from './processes.ts';

/** Deployments of the services of a local cloud, by the API of Amazon ECS that it has. */

type Parameters = Readonly<Record<string, unknown>>;

/** What the API says of a service. */
export type DescribedService = {
  readonly runningCount: number;
  readonly deployments: readonly {
    readonly status: 'PRIMARY' | 'ACTIVE';
    readonly runningCount: number;
    readonly rolloutState?: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  }[];
};

async function askContainerService({ outputs }: OwnCloud, operation: string, parameters: Parameters): Promise<unknown> {
  const { AwsEndpointUrl: url = '', Region: region = '', AccessKeyId: accessKeyId = '' } = outputs;
  const credentials = { accessKeyId, secretAccessKey: outputs['SecretAccessKey'] ?? '' };
  const signer = new SignatureV4({ service: 'ecs', region, credentials, sha256: Sha256 });
  const { hostname, host, protocol } = new URL(url);
  const signed = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    path: '/',
    query: {},
    headers: {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
    },
    body: JSON.stringify(parameters),
  });
  const answer = await fetch(url, { method: 'POST', headers: signed.headers, body: JSON.stringify(parameters) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation} is answered ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** Begins to replace the tasks of a service. @param revision default: the next one */
export const deploy = (cloud: OwnCloud, service: string, revision?: number): Promise<unknown> =>
  askContainerService(cloud, 'UpdateService', {
    service,
    ...(revision === undefined ? { forceNewDeployment: true } : { taskDefinition: `${service}:${revision}` }),
  });

export async function describeService(cloud: OwnCloud, service: string): Promise<DescribedService> {
  const { services } = (await askContainerService(cloud, 'DescribeServices', { services: [service] })) as {
    services: readonly DescribedService[];
  };
  const [described] = services;
  if (described === undefined) throw new Error(`there is no service ${service}`);
  return described;
}

/** State of the last deployment of a service. */
export const rolloutOf = async (cloud: OwnCloud, service: string): Promise<string | undefined> =>
  (await describeService(cloud, service)).deployments.find(({ status }) => status === 'PRIMARY')?.rolloutState;

/** How many tasks of all services a deployment must not stop. */
export async function countProtected(cloud: OwnCloud): Promise<number> {
  const { protectedTasks: tasks } = (await askContainerService(cloud, 'GetTaskProtection', {})) as {
    protectedTasks: readonly { readonly protectionEnabled: boolean }[];
  };
  return tasks.filter(({ protectionEnabled: isProtected }) => isProtected).length;
}

/** A task of the sidecar that has not ended. */
export type SidecarProcess = {
  readonly pid: number;
  readonly revision: number;
  readonly sip: number;
  readonly tls: number;
  readonly webSocket: number;
  readonly health: number;
};

export const sidecarsOf = ({ pid: cloud }: Pick<OwnCloud, 'pid'>): readonly SidecarProcess[] =>
  processesOf(cloud).flatMap((pid) => {
    const text = environmentOf(pid);
    const of = (name: string): number => Number(new RegExp(`(?:^|\0)${name}=(\\d+)`).exec(text)?.[1]);
    const [sip, health, revision] = [of('PORT_SIP_UDP'), of('PORT_HEALTH'), of('TASK_GENERATION')];
    const [tls, webSocket] = [of('PORT_SIP_TLS'), of('PORT_SIP_WS')];
    return sip > 0 ? [{ pid, revision, sip, tls, webSocket, health }] : [];
  });
