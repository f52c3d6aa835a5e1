import { join } from 'node:path';
import { readAssembly } from './templates/assembly.ts';
import { startAwsEndpoint, type AwsEndpoint } from './aws/aws-endpoint.ts';
import { holdDataDir, removeOutputs, writeOutputs, type Outputs } from './data-dir.ts';
import { startEventSources } from './lambda/event-sources.ts';
import type { Faults } from './aws/faults.ts';
import { listenGateway } from './gateway/gateway.ts';
import { startLambdas, type Lambdas } from './lambda/lambda.ts';
import { pseudoParameters } from './templates/resource.ts';
import { rolePolicies } from './aws/roles.ts';
import { freePort, startServices, type Services } from './lambda/services.ts';
import { startSchedules } from './lambda/schedules.ts';

export type CloudOptions = {
  /** Gives the folder of the synthesized app; asked only when data directory and port are ours. */
  assembly(): Promise<string>;
  /** Everything durable lies here. */
  readonly dataDir: string;
  /** Of the HTTP API; 0 picks a free one. */
  readonly port: number;
  /** Of SIP over UDP and TCP; 0 picks a free one. */
  readonly sipPort: number;
  /** Added to the environment of every function and service, over what its template says. */
  readonly environment: Readonly<Record<string, string>>;
  readonly adminPassword?: string;
  readonly faults?: Faults;
  /** Takes a line for the person who started it. */
  announce(line: string): void;
};

/** A running system. */
export type Cloud = {
  /** Base URL of the HTTP API, without a slash at its end. */
  readonly url: string;
  /** Port of the HTTP API on this machine, whatever its public URL says. */
  readonly port: number;
  /** What `outputs.json` in the data directory holds. */
  readonly outputs: Outputs;
  /** Runs a function with an event in JSON. */
  readonly invoke: Lambdas['invoke'];
  readonly replaceFunction: Lambdas['replaceCode'];
  readonly replaceService: Services['replaceCode'];
  /** Finishes what is being done, for some seconds at most; the rest is done after the next start. */
  close(): Promise<void>;
};

/**
 * Milliseconds for what is being done when the system stops: together less than the 10 s after which supervisors kill.
 */
const grace = { services: 2000, requests: 4000, batches: 2000, functions: 1000 };

/**
 * Runs a synthesized app on this machine.
 *
 * @throws LocalCloudError with one sentence for the person who started it; nothing is left running then
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  // Each part is stopped before those that it was started after.
  await using starting = new AsyncDisposableStack();
  const { dataDir, faults, announce } = options;
  starting.defer(holdDataDir(dataDir));
  removeOutputs(dataDir);
  const gateway = await listenGateway(options.port);
  starting.defer(() => gateway.close(0));
  const { resources, outputs: templateOutputs, assets, images } = readAssembly(await options.assembly());
  const url = options.environment['PUBLIC_URL'] ?? `http://localhost:${gateway.port}`;

  const optional = {
    ...(faults && { faults }),
    ...(options.adminPassword !== undefined && { adminPassword: options.adminPassword }),
  };
  const endpoint = await startAwsEndpoint({
    resources,
    dataDir,
    policiesOf: rolePolicies(resources),
    announce,
    ...optional,
  });
  starting.defer(() => endpoint.close());
  const sipPort = options.sipPort || (await freePort());
  const variablesOf = (name: string) => ({
    PUBLIC_URL: url,
    SIP_ADDRESS: `127.0.0.1:${sipPort}`,
    ...options.environment,
    ...clientVariables(endpoint, name),
  });
  const logFolder = join(dataDir, 'logs');
  const lambdas = startLambdas({ resources, assets, logFolder, variablesOf, ...(faults && { faults }) });
  starting.defer(() => lambdas.close(grace.functions));
  const sources = startEventSources({ resources, endpoint, lambdas });
  starting.defer(() => sources.close(grace.batches));
  const schedules = startSchedules(resources, lambdas);
  starting.defer(() => schedules.close());
  gateway.open(resources, lambdas);
  starting.defer(() => gateway.close(grace.requests));

  const services = await startServices({
    resources,
    images,
    logFolder,
    ports: { 'sip-udp': sipPort, 'sip-tcp': sipPort },
    variablesOf: (name, ports) => ({
      DRAIN_SECONDS: '0',
      SIP_ADVERTISED_HOST: '127.0.0.1',
      SIP_ADVERTISED_PORT: String(ports['sip-udp']),
      ...variablesOf(name),
    }),
  });
  starting.defer(() => services.close(grace.services));

  const outputs = localOutputs(templateOutputs, url, { endpoint, services });
  writeOutputs(dataDir, outputs);
  const running = starting.move();
  return {
    url,
    port: gateway.port,
    outputs,
    invoke: lambdas.invoke,
    replaceFunction: lambdas.replaceCode,
    replaceService: services.replaceCode,
    close: () => running.disposeAsync(),
  };
}

/** By these an AWS client finds the endpoint, and the endpoint knows which function calls. */
function clientVariables(endpoint: AwsEndpoint, functionName: string): Record<string, string> {
  const { accessKeyId, secretAccessKey } = endpoint.credentialsFor(functionName);
  return { AWS_ENDPOINT_URL: endpoint.url, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

/**
 * The templates name AWS's addresses of the API, of queues and of load balancers; whoever reads the outputs needs those
 * of this machine.
 */
function localOutputs(
  outputs: Outputs,
  url: string,
  { endpoint, services }: { readonly endpoint: AwsEndpoint; readonly services: Services },
): Outputs {
  const local = (value: string): string =>
    value
      .replace(/^[a-z0-9-]+\.elb\.[a-z0-9-]+\.amazonaws\.com:5060$/, `127.0.0.1:${services.ports['sip-udp']}`)
      .replace(/^https:\/\/[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com/, url)
      .replace(/^https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com\/\d+\/(.+)$/, (_match, name: string) =>
        endpoint.queueUrl(name),
      );
  const localValues = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, local(value)]));
  const { accessKeyId, secretAccessKey } = endpoint.operator;
  return {
    ...Object.fromEntries(Object.entries(outputs).map(([stack, values]) => [stack, localValues(values)])),
    Local: {
      AwsEndpointUrl: endpoint.url,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Region: pseudoParameters['AWS::Region'],
    },
  };
}
