import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { trustedProxiesIn } from '#http/request/incoming.ts';
import { addressText, sipVariables, type SipAddress } from '../sip-address.ts';
import { addressesOf, loopback, urlOf, type Addresses } from './machine/addresses.ts';
import type { Credentials } from './aws/aws-call.ts';
import { startAwsEndpoint, type AwsEndpoint } from './aws/aws-endpoint.ts';
import { containerService } from './aws/container-service.ts';
import type { Faults } from './aws/faults.ts';
import { rolePolicies } from './aws/roles.ts';
import { holdDataDir, removeOutputs, writeOutputs, type Outputs } from './machine/data-dir.ts';
import { firstSignIn, type FirstSignIn } from './first-sign-in.ts';
import { freePort } from './machine/free-port.ts';
import { listenGateway, type Gateway, type LocalPages } from './gateway/gateway.ts';
import { ownCertificate, type OwnCertificate } from './https.ts';
import { startEventSources } from './lambda/event-sources.ts';
import { startLambdas, type Lambdas } from './lambda/lambda.ts';
import { startSchedules } from './lambda/schedules.ts';
import type { Services } from './lambda/services.ts';
import { TaskAgent } from './aws/task-agent.ts';
import { sidecar, startLocalServices, type ServiceSettings, type SipPorts } from './local-services.ts';
import { outboxIn } from './outbox/outbox.ts';
import { outboxPages } from './outbox/routes.ts';
import { isOwnUrl } from './gateway/visitor.ts';
import { readAssembly, type Assembly } from './templates/assembly.ts';
import { isObject, pseudoParameters, type CloudResource } from './templates/resource.ts';

/** Fields of templates that say which pages browsers may let read answers: of an HTTP API, and of a bucket. */
const originFields: ReadonlySet<string> = new Set(['AllowOrigins', 'AllowedOrigins']);

function withOrigins(value: unknown, origins: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => withOrigins(each, origins));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      originFields.has(name) && Array.isArray(each)
        ? (each as readonly unknown[]).flatMap((origin) => (origin === '*' ? [...origins] : [origin]))
        : withOrigins(each, origins),
    ]),
  );
}

/**
 * Resources that let pages of these origins read answers, where the templates of the local stage have `*`: they do not
 * know its address. Pages of any other origin that a person opens must not read what this machine answers.
 */
export const allowOrigins = (resources: readonly CloudResource[], origins: readonly string[]): CloudResource[] =>
  resources.map((resource) => ({
    ...resource,
    properties: withOrigins(resource.properties, origins) as CloudResource['properties'],
  }));

export type CloudOptions = {
  /** Builds the synthesized app and returns its folder; called once data directory and port are ours. */
  assembly(): Promise<string>;
  /** Folder of all durable data. */
  readonly dataDir: string;
  /** Address of HTTP and SIP: an IPv4 address of this machine, or `0.0.0.0`. All other ports are on loopback. */
  readonly host: string;
  /** Port of the HTTP API; 0 picks a free one. */
  readonly port: number;
  /** Port of HTTPS, which is served with WSS for other machines; 0 picks a free one. Default: no HTTPS. */
  readonly httpsPort?: number;
  /** Port of SIP over UDP and TCP; 0 picks a free one. */
  readonly sipPort: number;
  /** Port of SIP over TLS; 0, the default, picks a free one. */
  readonly sipTlsPort?: number;
  /** Port of WebSockets; 0, the default, picks a free one. */
  readonly sipWsPort?: number;
  /** Tasks of the SIP sidecar; 1 by default. Each further one has the ports beside those of the one before. */
  readonly sidecars?: number;
  /** Whether a media relay is started; rtpengine must be installed. */
  readonly ownMediaRelay?: boolean;
  /** Functions whose thread stays for two minutes without an event; 16 by default. */
  readonly warmFunctions?: number;
  /** Origins whose pages may read answers, besides its own; `*`: all. Default: none. */
  readonly origins?: readonly string[];
  /** Environment variables for every function and service; they override those of the templates. */
  readonly environment: Readonly<Record<string, string>>;
  readonly adminPassword?: string;
  readonly faults?: Faults;
  /** Prints a line for the person who started it. */
  announce(line: string): void;
};

/** A running system. */
export type Cloud = {
  /** Base URL of the HTTP API, without a slash at its end. */
  readonly url: string;
  /** Port of the HTTP API on this machine, even if its public URL names another. */
  readonly port: number;
  readonly addresses: Addresses;
  /** HTTPS for other machines, if it is served. */
  readonly https: SecureAddress | undefined;
  /** Content of `outputs.json` in the data directory. */
  readonly outputs: Outputs;
  /** By which the operator signs in the first time; undefined: not by this start. */
  readonly signInLink: string | undefined;
  /** Runs a function with an event in JSON. */
  readonly invoke: Lambdas['invoke'];
  readonly replaceFunction: Lambdas['replaceCode'];
  readonly replaceService: Services['replaceCode'];
  /** Lets work in progress finish for some seconds at most; the rest is done after the next start. */
  close(): Promise<void>;
};

/**
 * Milliseconds for work in progress when the system stops: together less than the 10 s after which supervisors kill.
 */
const grace = { services: 2000, requests: 4000, batches: 2000, functions: 1000 };

/**
 * Runs a synthesized app on this machine.
 *
 * @throws LocalCloudError with one sentence for the person who started it; then nothing is left running
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  // Parts are stopped in the reverse order of their start.
  await using starting = new AsyncDisposableStack();
  const { dataDir, environment } = options;
  const addresses = addressesOf(options.host);
  starting.defer(holdDataDir(dataDir));
  removeOutputs(dataDir);
  const { gateway, https } = await openGateway(options, addresses);
  starting.defer(() => gateway.close(0));
  const url = environment['PUBLIC_URL'] ?? urlOf(addresses, gateway.port);
  const own = [url, urlOf(addresses, gateway.port), `http://${loopback}:${gateway.port}`, https?.url ?? url];
  const assembly = readFor(await options.assembly(), [
    ...own.map((each) => new URL(each).origin),
    ...(options.origins ?? []),
  ]);

  const agent = new TaskAgent(Date.now);
  const endpoint = await startAwsEndpoint({
    ...options,
    addresses,
    ...policedResources(assembly),
    // Functions call the endpoint, so they start after it, as do the services.
    invoke: (target, event) => lambdas.invoke(target, event),
    ecs: containerService(() => services.byName),
    agent,
  });
  starting.defer(() => endpoint.close());
  const ports = { sip: options.sipPort || (await freePort()), webSocket: options.sipWsPort || (await freePort()) };
  const sip = localSipAddress(options, { url, addresses, ports, isSecure: https !== undefined });
  const variablesOf = (name: string) => ({
    PUBLIC_URL: url,
    ...sipVariables(sip),
    // Guesses leave half of the processors to all else.
    RATE_LIMIT_STRANGERS: String(Math.max(1, Math.floor(availableParallelism() / 2))),
    ...environment,
    ...clientVariables(endpoint, name),
  });
  const tasks = { agent, agentUrl: endpoint.url, logFolder: join(dataDir, 'logs') };
  const compute: Compute = { ...options, ...assembly, ...tasks, endpoint, ports, variablesOf };
  const lambdas = startFunctions(starting, compute);
  const services = await startLocalServices(compute, { addresses, sip, https });
  starting.defer(() => services.close(grace.services));

  const outputs = localOutputs(assembly.outputs, url, { endpoint, sip, services, https });
  writeOutputs(dataDir, outputs);
  // Last, so that a client that gets an answer finds the outputs.
  const first = newSignIn(endpoint.firstPassword, { environment, own: urlOf(addresses, gateway.port) });
  const pages = localPages(dataDir, { url, addresses, first });
  gateway.open(assembly.resources, lambdas, {
    pages,
    trustedProxies: trustedProxiesIn(environment['TRUSTED_PROXIES']),
  });
  starting.defer(() => gateway.close(grace.requests));
  const running = starting.move();
  const { invoke, replaceCode: replaceFunction } = lambdas;
  const { replaceCode: replaceService } = services;
  const close = () => running.disposeAsync();
  const signInLink = pages && first && `${https?.url ?? url}/#first-sign-in=${first.token}`;
  const served = { url, port: gateway.port, addresses, https, outputs, signInLink };
  return { ...served, invoke, replaceFunction, replaceService, close };
}

/** @param origins of pages that may read answers */
function readFor(folder: string, origins: readonly string[]): Assembly {
  const assembly = readAssembly(folder);
  return { ...assembly, resources: allowOrigins(assembly.resources, [...new Set(origins)]) };
}

/** HTTPS of this machine, and its certificate. */
export type SecureAddress = OwnCertificate & { readonly url: string };

/** For all names by which browsers may reach this machine. */
const certificateFor = ({ dataDir, environment }: CloudOptions, { public: host }: Addresses): OwnCertificate => {
  const { SIP_ADVERTISED_HOST: advertised = host, PUBLIC_URL: url = `http://${host}` } = environment;
  return ownCertificate(dataDir, [...new Set([host, advertised, new URL(url).hostname, 'localhost', loopback])]);
};

/** Opens HTTP, and HTTPS if it is wanted. */
async function openGateway(
  options: CloudOptions,
  addresses: Addresses,
): Promise<{ readonly gateway: Gateway; readonly https: SecureAddress | undefined }> {
  const listenAddress = { host: addresses.listen, port: options.port };
  const { httpsPort: port } = options;
  if (port === undefined) return { gateway: await listenGateway(listenAddress), https: undefined };
  const certificate = certificateFor(options, addresses);
  const gateway = await listenGateway(listenAddress, { ...certificate, port });
  return { gateway, https: { ...certificate, url: urlOf(addresses, gateway.httpsPort ?? 0, 'https') } };
}

/** None behind a proxy, as then the requests of others come from this machine, too. */
function localPages(dataDir: string, { url, addresses, first }: Local): LocalPages | undefined {
  if (!isOwnUrl(url, addresses.public)) return undefined;
  const outbox = outboxPages(outboxIn(dataDir));
  return async (request) => (await first?.pages(request)) ?? outbox(request);
}

type Local = { readonly url: string; readonly addresses: Addresses; readonly first: FirstSignIn | undefined };

/** @param password of the operator, whose first session its holder begins @param own this machine's URL */
const newSignIn = (
  password: string | undefined,
  { environment, own }: Pick<CloudOptions, 'environment'> & { readonly own: string },
): FirstSignIn | undefined =>
  password === undefined
    ? undefined
    : firstSignIn({
        password,
        now: Date.now,
        logIn: async () => {
          const username = environment['ADMIN_USERNAME'] ?? 'admin';
          const response = await fetch(`${own}/auth/user`, {
            method: 'POST',
            headers: { accept: 'application/json', 'content-type': 'application/json' },
            body: JSON.stringify({ username, password, client: 'web' }),
          });
          return { status: response.status, body: await response.text() };
        },
      });

const policedResources = ({ resources }: Assembly) => ({ resources, policiesOf: rolePolicies(resources) });

const localSipAddress = (options: CloudOptions, { url, addresses, ports, isSecure }: LocalSip): SipAddress => {
  const { environment, sipTlsPort: tlsPort = 0 } = options;
  const host = environment['SIP_ADVERTISED_HOST'] ?? addresses.public;
  // That of a balancer in front of the tasks.
  const port = Number(environment['SIP_ADVERTISED_PORT'] ?? ports.sip);
  return {
    domain: new URL(url).hostname,
    ...{ host, port },
    tcp: { host, port },
    tls: tlsPort === 0 ? undefined : { host, port: tlsPort },
    webSocketUrl: environment['WEBSOCKET_URL'] ?? `${isSecure ? 'wss' : 'ws'}://${host}:${ports.webSocket}/ws`,
  };
};

type LocalSip = {
  readonly url: string;
  readonly addresses: Addresses;
  readonly ports: SipPorts;
  /** Whether WebSockets are opened by TLS. */
  readonly isSecure: boolean;
};

/** Everything that functions and services are started with. */
type Compute = Pick<Assembly, 'resources' | 'assets' | 'images'> &
  Pick<CloudOptions, 'faults' | 'dataDir' | 'warmFunctions'> &
  ServiceSettings & { readonly endpoint: AwsEndpoint };

/** Starts the functions with their event sources and schedules, and defers their end. */
function startFunctions(starting: AsyncDisposableStack, compute: Compute): Lambdas {
  const { endpoint } = compute;
  // Worker threads keep their variables in memory. A service is a process, whose environment others can read.
  const password = endpoint.adminPassword;
  const lambdas = startLambdas({
    ...compute,
    variablesOf: (name) => ({ ...compute.variablesOf(name), ...(password && { ADMIN_PASSWORD: password }) }),
    credentialsOf: (name, freezer) => credentialVariables(endpoint.environmentCredentials(name, freezer)),
  });
  starting.defer(() => lambdas.close(grace.functions));
  const sources = startEventSources({ ...compute, lambdas });
  starting.defer(() => sources.close(grace.batches));
  const schedules = startSchedules(compute.resources, lambdas);
  starting.defer(() => schedules.close());
  return lambdas;
}

/** By these variables an AWS client finds the endpoint, and the endpoint knows which function calls. */
const clientVariables = (endpoint: AwsEndpoint, functionName: string): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint.url,
  ...(endpoint.linkUrl === undefined ? {} : { LINK_ENDPOINT_URL: endpoint.linkUrl }),
  ...credentialVariables(endpoint.credentialsFor(functionName)),
});

const credentialVariables = ({ accessKeyId, secretAccessKey }: Credentials): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});

/** What the outputs name. */
type Running = {
  readonly endpoint: AwsEndpoint;
  readonly sip: SipAddress;
  readonly services: Services;
  readonly https: SecureAddress | undefined;
};

/**
 * Replaces AWS's addresses of the API, of queues and of load balancers in the outputs with those of this machine.
 */
function localOutputs(outputs: Outputs, url: string, { endpoint, sip, services, https }: Running): Outputs {
  const local = (value: string): string =>
    value
      .replace(/^[a-z0-9-]+\.elb\.[a-z0-9-]+\.amazonaws\.com:5060$/, addressText(sip))
      .replace(/^https:\/\/[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com/, url)
      .replace(/^https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com\/\d+\/(.+)$/, (_match, name: string) =>
        endpoint.queueUrl(name),
      );
  const localValues = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, local(value)]));
  const { accessKeyId, secretAccessKey } = endpoint.operator;
  const tasks = services.portsOf(sidecar);
  return {
    ...Object.fromEntries(Object.entries(outputs).map(([stack, values]) => [stack, localValues(values)])),
    Local: {
      SipAddresses: tasks.map((of) => addressText({ host: sip.host, port: of['sip-udp'] ?? 0 })).join(','),
      SipTlsAddress: addressText({ host: sip.host, port: tasks[0]?.['sip-tls'] ?? 0 }),
      WebSocketUrl: sip.webSocketUrl ?? '',
      ...(https && { HttpsUrl: https.url }),
      AwsEndpointUrl: endpoint.url,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Region: pseudoParameters['AWS::Region'],
    },
  };
}
