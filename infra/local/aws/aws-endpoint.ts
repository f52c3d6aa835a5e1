import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { costIn, scryptPasswords } from '../../../shared/credentials/password-hash.ts';
import {
  credentialOf,
  failure,
  type AwsAnswer,
  type AwsCall,
  type AwsService,
  type AwsServiceName,
} from './aws-call.ts';
import { startTableStore } from './dynamodb.ts';
import type { Faults } from './faults.ts';
import { contendedTables, faultyService, unreliableQueues } from './faulty-service.ts';
import { startHousekeeping } from './housekeeping.ts';
import { listenAgain } from './listener.ts';
import { linkRejection, objectFailure, signatureMismatch } from './objects.ts';
import { openOutbox } from './outbox.ts';
import { allowAll, compilePolicy, type Policy, type Request } from './policy.ts';
import { startQueueStore } from './queues.ts';
import { startReads } from './reads.ts';
import { requestsOf, resourceNames, type ResourceNames } from './requests.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';
import { openSecretStore } from './secrets.ts';
import { signatureVerifier } from './signature.ts';
import { openStream, type TableStream } from './stream.ts';

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

/** The one address that all AWS clients of the local cloud call. */
export type AwsEndpoint = {
  /** For `AWS_ENDPOINT_URL`: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /**
   * Temporary credentials by which the endpoint knows which function calls.
   *
   * @throws LocalCloudError if the templates have no such function
   */
  credentialsFor(functionName: string): Credentials;
  /** Credentials that may do everything: for outputs.json, event producers and the interpreter itself. */
  readonly operator: Credentials;
  /** The password of `ADMIN_PASSWORD`, unless the data directory was made with another one. */
  readonly adminPassword: string | undefined;
  /** URL of a queue at this endpoint, by its physical name. */
  queueUrl(queueName: string): string;
  readonly stream: TableStream;
  close(): Promise<void>;
};

export type AwsEndpointOptions = {
  /** The resources of all stacks. */
  readonly resources: readonly CloudResource[];
  /** Policy statements of the function's role, intrinsics resolved. */
  policiesOf(functionName: string): readonly unknown[];
  readonly dataDir: string;
  readonly faults?: Faults;
  /** `ADMIN_PASSWORD`. */
  readonly adminPassword?: string;
  /** Settings of all functions; `PASSWORD_COST` is used here too. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Prints a line for the person who started it. */
  announce(line: string): void;
};

/** The holder of an access key. */
type Principal = {
  readonly name: string;
  readonly credentials: Credentials;
  readonly policy: Policy;
  readonly services: Services;
  readonly isSigned: (call: AwsCall) => boolean;
};
type Services = Readonly<Record<AwsServiceName, AwsService>>;

/**
 * Starts the stores and the endpoint in front of them, which enforces each function's IAM policy.
 *
 * @throws LocalCloudError if a store does not start, or a policy has an unknown form; then nothing is left running
 */
export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  // Parts are stopped in the reverse order of their start.
  await using starting = new AsyncDisposableStack();
  const names = resourceNames(options.resources);
  const policies = functionNames(options.resources).map((name) => ({
    name,
    policy: compilePolicy(name, options.policiesOf(name)),
  }));
  const stores = await startStores(starting, options, names);
  const services = withFaults(stores.services, names, options.faults);
  const functions = new Map(
    policies.map(({ name, policy }) => [name, newPrincipal(name, policy, services.forFunctions)]),
  );
  const operator = newPrincipal('operator', allowAll, services.forOperator);
  const holders = new Map(
    [operator, ...functions.values()].map((principal) => [principal.credentials.accessKeyId, principal]),
  );
  const listener = await listenAgain(join(options.dataDir, 'aws-port'), (call) => answer(call, holders, names));
  starting.defer(() => listener.close());
  const running = starting.move();
  return {
    url: listener.url,
    operator: operator.credentials,
    adminPassword: stores.adminPassword,
    credentialsFor: (name) => functions.get(name)?.credentials ?? unknownFunction(name),
    queueUrl: (name) => `${listener.url}/${pseudoParameters['AWS::AccountId']}/${name}`,
    stream: stores.stream,
    close: () => running.disposeAsync(),
  };
}

type Stores = Pick<AwsEndpoint, 'stream' | 'adminPassword'> & { readonly services: Services };

/** Starts the services behind the endpoint, and defers their end. */
async function startStores(
  starting: AsyncDisposableStack,
  options: AwsEndpointOptions,
  names: ResourceNames,
): Promise<Stores> {
  const { resources, dataDir } = options;
  mkdirSync(dataDir, { recursive: true });
  const passwords = scryptPasswords(costIn(options.environment ?? {}));
  const { service: secretsmanager, adminPassword } = await openSecretStore({ ...options, passwords });
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
  const { service } = queues;
  return {
    services: {
      dynamodb: reads.service,
      sqs: service,
      sns: service,
      s3: service,
      secretsmanager,
      ses: openOutbox(dataDir),
    },
    stream,
    adminPassword,
  };
}

/** Adds the faults: unreliable queues for all callers, the others for functions only, which must handle them. */
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

function newPrincipal(name: string, policy: Policy, services: Services): Principal {
  const credentials = newCredentials();
  return { name, policy, services, credentials, isSigned: signatureVerifier(credentials) };
}

/** Credentials in the form of temporary ones. */
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
  const unsigned = await signatureRejection(call, principal);
  if (unsigned !== null) return unsigned;
  const requests = principal.policy === allowAll ? [] : requestsOf(call, names);
  const denied = requests.find((request) => !principal.policy.allows(request));
  return denied === undefined
    ? principal.services[call.service](call)
    : rejections[call.service](denialOf(principal, denied));
}

/** A call is signed in its headers, or is a link to an object. */
async function signatureRejection(call: AwsCall, { credentials, isSigned }: Principal): Promise<AwsAnswer | null> {
  if (call.headers.authorization === undefined && call.service === 's3') return linkRejection(call, credentials);
  if (isSigned(call)) return null;
  return call.service === 's3'
    ? signatureMismatch
    : failure(
        400,
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided.',
      );
}

/** AccessDenied in the form of each service. */
const rejections: Readonly<Record<AwsServiceName, (message: string) => AwsAnswer>> = {
  dynamodb: (message) => failure(400, 'com.amazon.coral.service#AccessDeniedException', message),
  sqs: (message) => failure(403, 'com.amazonaws.sqs#AccessDenied', message),
  ses: (message) => failure(403, 'AccessDeniedException', message),
  secretsmanager: (message) => failure(400, 'AccessDeniedException', message),
  s3: (message) => objectFailure(403, 'AccessDenied', message),
  sns: (message) => ({
    status: 403,
    headers: { 'content-type': 'text/xml' },
    body:
      '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>' +
      `<Code>AuthorizationError</Code><Message>${message}</Message></Error></ErrorResponse>`,
  }),
};

function denialOf({ name }: Principal, { action, resource, context }: Request): string {
  const keys = context === undefined ? '' : ` with ${JSON.stringify(context)}`;
  const user = `arn:aws:sts::${pseudoParameters['AWS::AccountId']}:assumed-role/${name}/${name}`;
  return (
    `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ` +
    `because no identity-based policy allows the ${action} action${keys}`
  );
}
