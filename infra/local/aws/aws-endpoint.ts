import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AwsCall,
  collect,
  credentialOf,
  failure,
  type AwsAnswer,
  type AwsService,
  type AwsServiceName,
} from './aws-call.ts';
import { startTableStore } from './dynamodb.ts';
import type { Faults } from './faults.ts';
import { contendedTables, faultyService, unreliableQueues } from './faulty-service.ts';
import { startHousekeeping } from './housekeeping.ts';
import { linkRejection, objectFailure } from './objects.ts';
import { openOutbox } from './outbox.ts';
import { allowAll, compilePolicy, type Policy, type Request } from './policy.ts';
import { startQueueStore } from './queues.ts';
import { startReads } from './reads.ts';
import { requestsOf, resourceNames, type ResourceNames } from './requests.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';
import { openSecretStore } from './secrets.ts';
import { openStream, type TableStream } from './stream.ts';

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** The one address to which all AWS clients of the local cloud speak. */
export type AwsEndpoint = {
  /** For `AWS_ENDPOINT_URL`: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /**
   * Temporary credentials by which the endpoint knows which function calls. Throws LocalCloudError when the templates
   * have no such function.
   */
  credentialsFor(functionName: string): Credentials;
  /** The operator's own, which may do everything: for outputs.json, event producers and the interpreter itself. */
  readonly operator: Credentials;
  /** URL of a queue at this endpoint, by its physical name. */
  queueUrl(queueName: string): string;
  readonly stream: TableStream;
  close(): Promise<void>;
};

export type AwsEndpointOptions = {
  /** All of all stacks. */
  readonly resources: readonly CloudResource[];
  /** Policy statements of the function's role, intrinsics resolved. */
  policiesOf(functionName: string): readonly unknown[];
  readonly dataDir: string;
  readonly faults?: Faults;
  /** `ADMIN_PASSWORD`. */
  readonly adminPassword?: string;
  /** A line for the person who started it. */
  announce(line: string): void;
};

/** Who holds an access key. */
type Principal = {
  readonly name: string;
  readonly credentials: Credentials;
  readonly policy: Policy;
  readonly services: Services;
};
type Services = Readonly<Record<AwsServiceName, AwsService>>;

/**
 * Starts the stores and the endpoint before them, which enforces each function's IAM policy.
 *
 * @throws LocalCloudError when a store does not start, or a policy has a form that cannot be judged; nothing is left
 * running then
 */
export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  // Each part is stopped before those that it was started after.
  await using starting = new AsyncDisposableStack();
  const { resources, dataDir } = options;
  const names = resourceNames(resources);
  const policies = functionNames(resources).map((name) => ({
    name,
    policy: compilePolicy(name, options.policiesOf(name)),
  }));
  mkdirSync(dataDir, { recursive: true });
  const secretsmanager = openSecretStore(options);
  const tables = await startTableStore(options);
  starting.defer(() => tables.stop());
  const queues = await startQueueStore(resources, dataDir);
  starting.defer(() => queues.stop());
  const stream = await openStream(tables, resources, dataDir);
  starting.defer(() => stream.close());
  const reads = startReads(tables, names);
  starting.defer(() => {
    reads.close();
  });
  const housekeeping = startHousekeeping(tables, stream, resources);
  starting.defer(() => housekeeping.stop());

  const services = withFaults(
    {
      dynamodb: reads.service,
      sqs: queues.service,
      sns: queues.service,
      s3: queues.service,
      secretsmanager,
      ses: openOutbox(dataDir),
    },
    names,
    options.faults,
  );
  const functions = new Map(
    policies.map(({ name, policy }) => [
      name,
      { name, policy, credentials: newCredentials(), services: services.forFunctions },
    ]),
  );
  const operator: Principal = {
    name: 'operator',
    policy: allowAll,
    credentials: newCredentials(),
    services: services.forOperator,
  };
  const holders = new Map(
    [operator, ...functions.values()].map((principal) => [principal.credentials.accessKeyId, principal]),
  );
  const listener = await listen((call) => answer(call, holders, names));
  starting.defer(() => listener.close());
  const running = starting.move();
  return {
    url: listener.url,
    operator: operator.credentials,
    credentialsFor: (name) => functions.get(name)?.credentials ?? unknownFunction(name),
    queueUrl: (name) => `${listener.url}/${pseudoParameters['AWS::AccountId']}/${name}`,
    stream,
    close: () => running.disposeAsync(),
  };
}

/** Queues are unreliable for all; the rest meets functions, whose duty it is to get over it. */
function withFaults(
  services: Services,
  names: ResourceNames,
  faults: Faults | undefined,
): { forFunctions: Services; forOperator: Services } {
  if (faults === undefined) return { forFunctions: services, forOperator: services };
  const sqs = unreliableQueues(services.sqs, faults);
  const dynamodb = faultyService('dynamodb', contendedTables(services.dynamodb, faults, names), faults);
  return {
    forFunctions: {
      ...services,
      dynamodb,
      sqs: faultyService('sqs', sqs, faults),
      ses: faultyService('ses', services.ses, faults),
    },
    forOperator: { ...services, sqs },
  };
}

const functionNames = (resources: readonly CloudResource[]) =>
  resources
    .filter(({ type }) => type === 'AWS::Lambda::Function' || type === 'AWS::ECS::TaskDefinition')
    .map(({ name }) => name);

function unknownFunction(name: string): never {
  throw new LocalCloudError(`The templates have no function ${name}.`);
}

/**
 * In the form of temporary credentials. The key id is what the endpoint knows its holder by, so it cannot be guessed.
 */
const newCredentials = (): Credentials => ({
  accessKeyId: `ASIA${randomBytes(10).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(20).toString('hex'),
});

async function answer(
  call: AwsCall,
  holders: ReadonlyMap<string, Principal>,
  names: ResourceNames,
): Promise<AwsAnswer> {
  const principal = holders.get(credentialOf(call)?.accessKeyId ?? '');
  if (principal === undefined)
    return failure(400, 'UnrecognizedClientException', 'The security token included in the request is invalid.');
  if (call.service === null)
    return failure(
      400,
      'UnknownOperationException',
      `The local cloud has no service for ${String(call.headers['x-amz-target'])}.`,
    );
  const requests = principal.policy === allowAll ? [] : requestsOf(call, names);
  const denied = requests.find((request) => !principal.policy.allows(request));
  const badLink = call.service === 's3' ? await linkRejection(call, principal.credentials) : null;
  if (badLink !== null) return badLink;
  return denied === undefined
    ? principal.services[call.service](call)
    : rejections[call.service](denialOf(principal, denied));
}

/** AccessDenied, as each service says it. */
const rejections: Readonly<Record<AwsServiceName, (message: string) => AwsAnswer>> = {
  dynamodb: (message) => failure(400, 'com.amazon.coral.service#AccessDeniedException', message),
  sqs: (message) => failure(403, 'com.amazonaws.sqs#AccessDenied', message),
  ses: (message) => failure(403, 'AccessDeniedException', message),
  secretsmanager: (message) => failure(400, 'AccessDeniedException', message),
  s3: (message) => objectFailure(403, 'AccessDenied', message),
  sns: (message) => ({
    status: 403,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>${message}</Message></Error></ErrorResponse>`,
  }),
};

function denialOf({ name }: Principal, { action, resource, context }: Request): string {
  const keys = context === undefined ? '' : ` with ${JSON.stringify(context)}`;
  const user = `arn:aws:sts::${pseudoParameters['AWS::AccountId']}:assumed-role/${name}/${name}`;
  return `User: ${user} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action${keys}`;
}

async function listen(service: AwsService): Promise<{ url: string; close(): Promise<void> }> {
  const serve = async ({ headers, method, url }: IncomingMessage, body: Promise<Buffer>) =>
    service(new AwsCall(headers, await body, method, url));
  const server = createServer({ noDelay: true, keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, collect(request))
      .then((answered) => send(response, answered))
      .catch((error: unknown) => {
        if (response.headersSent) return void response.destroy();
        send(
          response,
          error instanceof SyntaxError || error instanceof TypeError
            ? failure(400, 'SerializationException', `The input cannot be read: ${error.message}`)
            : failure(500, 'InternalServerError', `The store does not answer: ${String(error)}`),
        );
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

function send(response: ServerResponse, { status, headers, body, lost = false }: AwsAnswer): void {
  if (lost) return void response.destroy();
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
