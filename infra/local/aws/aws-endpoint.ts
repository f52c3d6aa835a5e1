import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { costIn, scryptPasswords } from '#credentials/password-hash.ts';
import { loopback, urlOf, type Addresses } from '../machine/addresses.ts';
import type { Freezer } from './freezer.ts';
import type { TaskAgent } from './task-agent.ts';
import { recordWebhookCalls } from './webhook-calls.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';
import {
  credentialOf,
  failure,
  isLink,
  json,
  type AwsAnswer,
  type AwsCall,
  type AwsService,
  type AwsServiceName,
  type Credentials,
} from './aws-call.ts';
import { containerService } from './container-service.ts';
import { startTableStore, type TableStore, type TableStoreOptions } from './dynamodb.ts';
import { identityOwners, openEmailService } from './email-identities.ts';
import { openEmailReports } from './email-reports.ts';
import type { Faults } from './faults.ts';
import { contendedTables, faultyService, unreliableQueues } from './faulty-service.ts';
import { startHousekeeping } from './housekeeping.ts';
import { listenAgain } from './listener.ts';
import { withObjectCors } from './object-cors.ts';
import { linkRejection, objectFailure, signatureMismatch } from './objects.ts';
import { allowAll, compilePolicy, decide, type Caller, type Decision, type Policy, type Request } from './policy.ts';
import { startQueueStore } from './queues.ts';
import { startReads } from './reads.ts';
import { functionNameOf, requestsOf, resourceNames, type ResourceNames } from './requests.ts';
import { assertDeliveries, readResourcePolicies, type ResourcePolicies } from './resource-policies.ts';
import { roleArnOf } from './roles.ts';
import { openSecretStore } from './secrets.ts';
import { signatureVerifier } from './signature.ts';
import { openStream, type TableStream } from './stream.ts';
import { openTextOutbox, publishToPhones } from './text-outbox.ts';
import { openTextReports } from './text-reports.ts';
import { topicFailure } from './topic-answers.ts';

/** Calls by function (`operator`: those of event producers and of the interpreter), service and operation. */
export type CountedCalls = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Where the endpoint says its counts, without a signature: it listens on loopback only. */
const countsPath = '/_local/calls';

/** Whether the counts are asked for. */
const isCountsRequest = ({ method, url }: Pick<AwsCall, 'method' | 'url'>): boolean =>
  method === 'GET' && url === countsPath;

/** How often each function has called AWS since the start: what a feature costs, apart from the machine's pace. */
class CallCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  /** @param name of the function */
  count(name: string, { service, operation }: Pick<AwsCall, 'service' | 'operation'>): void {
    const ofFunction = this.#counts.get(name) ?? new Map<string, number>();
    this.#counts.set(name, ofFunction);
    const called = `${service ?? 'unknown'}.${operation}`;
    ofFunction.set(called, (ofFunction.get(called) ?? 0) + 1);
  }

  all(): CountedCalls {
    return Object.fromEntries([...this.#counts].map(([name, of]) => [name, Object.fromEntries(of)]));
  }
}

/** The one address that all AWS clients of the local cloud call. */
export type AwsEndpoint = {
  /** For `AWS_ENDPOINT_URL`: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** For `LINK_ENDPOINT_URL`: where other machines find the objects of links; undefined if links name `url`. */
  readonly linkUrl: string | undefined;
  /**
   * Temporary credentials by which the endpoint knows which function calls.
   *
   * @throws LocalCloudError if the templates have no such function
   */
  credentialsFor(functionName: string): Credentials;
  /**
   * Credentials of one execution environment of a function. Its calls wait while it is frozen; links that it has signed
   * do not.
   */
  environmentCredentials(functionName: string, freezer: Freezer): Credentials;
  /** Credentials that may do everything: for outputs.json, event producers and the interpreter itself. */
  readonly operator: Credentials;
  /** The password of `ADMIN_PASSWORD`, unless the data directory was made with another one. */
  readonly adminPassword: string | undefined;
  /** The password of the operator, if this start has made the data directory. */
  readonly firstPassword: string | undefined;
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
  /** Where HTTP listens. Links to objects are served there too. Default: at the endpoint only. */
  readonly addresses?: Addresses;
  readonly faults?: Faults;
  /** `ADMIN_PASSWORD`. */
  readonly adminPassword?: string;
  /** Settings of all functions; `PASSWORD_COST` is used here too. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs a function that another function asks, with an event in JSON. A failure of the function is an outcome. */
  readonly invoke: (target: string, event: string) => Promise<{ readonly payload: string; readonly failed: boolean }>;
  /** Replaces tasks. Default: there are none. */
  readonly ecs?: AwsService;
  /** By which tasks say that they must not be stopped. */
  readonly agent?: Pick<TaskAgent, 'answer'>;
  /** Prints a line for the person who started it. */
  announce(line: string): void;
};

type OpenTables = (options: TableStoreOptions) => Promise<TableStore>;

/** The holder of an access key. */
type Principal = {
  readonly name: string;
  readonly credentials: Credentials;
  readonly policy: Policy;
  /** The role, as policies of resources name it. */
  readonly caller: Caller;
  readonly services: Services;
  readonly isSigned: (call: AwsCall) => boolean;
  readonly freezer?: Freezer;
};
type Services = Readonly<Record<AwsServiceName, AwsService>>;

/**
 * Starts the stores and the endpoint in front of them, which enforces the IAM policies of functions and of resources.
 *
 * @param openTables starts the store of the tables, or adds them to one that runs; the endpoint stops what it gets
 * @throws LocalCloudError if a store does not start, or a policy has an unknown form; then nothing is left running
 */
export async function startAwsEndpoint(
  options: AwsEndpointOptions,
  openTables: OpenTables = startTableStore,
): Promise<AwsEndpoint> {
  // Parts are stopped in the reverse order of their start.
  await using starting = new AsyncDisposableStack();
  const names = resourceNames(options.resources, identityOwners(options.dataDir));
  // Before anything is started: a policy of an unknown form throws.
  const resourcePolicies = readResourcePolicies(options.resources);
  assertDeliveries(options.resources, resourcePolicies);
  const policies = new Map(
    options.resources.filter(hasRole).map((each) => {
      const { name } = each;
      return [name, { policy: compilePolicy(name, options.policiesOf(name)), caller: roleCaller(roleArnOf(each)) }];
    }),
  );
  const stores = await startStores(starting, { ...options, openTables }, names);
  const principals = new Principals(policies, withFaults(stores.services, names, options.faults));
  const counts = new CallCounts();
  const service = withObjectCors(options.resources, async (call) => {
    if (isCountsRequest(call)) return json(200, counts.all());
    return options.agent?.answer(call) ?? answer(call, { principals, names, counts, resourcePolicies });
  });
  const listener = await listenAgain(join(options.dataDir, 'aws-port'), service);
  starting.defer(() => listener.close());
  const linkUrl = await startLinks(starting, options, service);
  const running = starting.move();
  const url = `http://${loopback}:${listener.port}`;
  return {
    url,
    linkUrl,
    operator: principals.operator.credentials,
    adminPassword: stores.adminPassword,
    firstPassword: stores.firstPassword,
    credentialsFor: (name) => principals.functionNamed(name).credentials,
    environmentCredentials: (name, freezer) => principals.environmentOf(name, freezer),
    queueUrl: (name) => `${url}/${pseudoParameters['AWS::AccountId']}/${name}`,
    stream: stores.stream,
    close: () => running.disposeAsync(),
  };
}

/** Serves links at the address of HTTP, and nothing else of the endpoint. @returns their base URL */
async function startLinks(
  starting: AsyncDisposableStack,
  { dataDir, addresses }: AwsEndpointOptions,
  service: AwsService,
): Promise<string | undefined> {
  if (addresses === undefined || addresses.listen === loopback) return undefined;
  const onlyLinks: AwsService = async (call) => (isLink(call) && call.service === 's3' ? service(call) : notALink);
  const links = await listenAgain(join(dataDir, 'links-port'), onlyLinks, addresses.listen);
  starting.defer(() => links.close());
  return urlOf(addresses, links.port);
}

const notALink = objectFailure(403, 'AccessDenied', 'This address serves links to objects only');

type Stores = Pick<AwsEndpoint, 'stream' | 'adminPassword' | 'firstPassword'> & { readonly services: Services };

/** Who calls, by access key. Keys of environments that have ended stay valid: they may have signed links. */
class Principals {
  readonly operator: Principal;
  readonly #functions: ReadonlyMap<string, Principal>;
  readonly #byKey = new Map<string, Principal>();

  constructor(
    policies: ReadonlyMap<string, Pick<Principal, 'policy' | 'caller'>>,
    { forFunctions, forOperator }: { readonly forFunctions: Services; readonly forOperator: Services },
  ) {
    this.operator = this.#add({
      ...{ name: 'operator', policy: allowAll, services: forOperator },
      caller: roleCaller(`arn:aws:iam::${pseudoParameters['AWS::AccountId']}:role/operator`),
    });
    this.#functions = new Map(
      [...policies].map(([name, rights]) => [name, this.#add({ name, ...rights, services: forFunctions })]),
    );
  }

  /** @throws LocalCloudError if the templates have no such function */
  functionNamed(name: string): Principal {
    const found = this.#functions.get(name);
    if (found === undefined) throw new LocalCloudError(`The templates have no function ${name}.`);
    return found;
  }

  /** Credentials of their own for an environment of a function. @throws LocalCloudError as `functionNamed` */
  environmentOf(name: string, freezer: Freezer): Credentials {
    const { policy, caller, services } = this.functionNamed(name);
    return this.#add({ name, policy, caller, services, freezer }).credentials;
  }

  withKey(accessKeyId: string): Principal | undefined {
    return this.#byKey.get(accessKeyId);
  }

  #add(named: Omit<Principal, 'credentials' | 'isSigned'>): Principal {
    const credentials = newCredentials();
    const principal = { ...named, credentials, isSigned: signatureVerifier(credentials) };
    this.#byKey.set(credentials.accessKeyId, principal);
    return principal;
  }
}

/** Starts the services behind the endpoint, and defers their end. */
async function startStores(
  starting: AsyncDisposableStack,
  options: AwsEndpointOptions & { readonly openTables: OpenTables },
  names: ResourceNames,
): Promise<Stores> {
  const { resources, dataDir } = options;
  mkdirSync(dataDir, { recursive: true });
  const passwords = scryptPasswords(costIn(options.environment ?? {}));
  const secrets = await openSecretStore({ ...options, passwords });
  const { service: secretsmanager, adminPassword, firstPassword } = secrets;
  const tables = await options.openTables(options);
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
  const { service, objects } = queues;
  return {
    services: {
      dynamodb: recordWebhookCalls(reads.service, dataDir),
      sqs: service,
      sns: publishToPhones(dataDir, service),
      s3: objects,
      secretsmanager,
      ses: openEmailService(dataDir, openEmailReports(resources, queues.publish)),
      'sms-voice': openTextOutbox(dataDir, openTextReports(resources, queues.publish)),
      lambda: functionService(options),
      ecs: options.ecs ?? containerService(() => new Map()),
    },
    stream,
    adminPassword,
    firstPassword,
  };
}

/** Answers as `Invoke` with `RequestResponse` does (AWS Lambda API Reference, "Invoke"). */
const functionService =
  ({ invoke }: Pick<AwsEndpointOptions, 'invoke'>): AwsService =>
  async (call) => {
    const { payload, failed } = await invoke(functionNameOf(call), call.body.toString());
    const error = failed ? { 'x-amz-function-error': 'Unhandled' } : {};
    return { status: 200, headers: { 'content-type': 'application/json', ...error }, body: payload };
  };

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
      'sms-voice': faultyService('sms-voice', services['sms-voice'], faults),
    },
    forOperator: { ...services, sqs },
  };
}

const hasRole = ({ type }: CloudResource): boolean =>
  type === 'AWS::Lambda::Function' || type === 'AWS::ECS::TaskDefinition';

/** The endpoint takes the place of AWS's own, which clients of a deployment reach over TLS only. */
const roleCaller = (name: string): Caller => ({ kind: 'AWS', name, context: { 'aws:SecureTransport': ['true'] } });

/** Credentials in the form of temporary ones. */
const newCredentials = (): Credentials => ({
  accessKeyId: `ASIA${randomBytes(10).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(20).toString('hex'),
});

type Answering = {
  readonly principals: Principals;
  readonly names: ResourceNames;
  readonly counts: CallCounts;
  readonly resourcePolicies: ResourcePolicies;
};

async function answer(call: AwsCall, { principals, names, counts, resourcePolicies }: Answering): Promise<AwsAnswer> {
  const principal = principals.withKey(credentialOf(call)?.accessKeyId ?? '');
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
  if (call.headers.authorization !== undefined) await principal.freezer?.untilThawed();
  counts.count(principal.name, call);
  const denial = denialOf(
    principal,
    isJudged(principal, call.service) ? requestsOf(call, names) : [],
    resourcePolicies,
  );
  return denial === undefined ? principal.services[call.service](call) : rejections[call.service](denial);
}

/** Services whose resources have policies, which hold for the operator too. */
const policedServices: readonly AwsServiceName[] = ['s3', 'sns', 'sqs'];

const isJudged = ({ policy }: Principal, service: AwsServiceName): boolean =>
  policy !== allowAll || policedServices.includes(service);

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
  'sms-voice': (message) => failure(400, 'AccessDeniedException', message),
  secretsmanager: (message) => failure(400, 'AccessDeniedException', message),
  lambda: (message) => failure(403, 'AccessDeniedException', message),
  ecs: (message) => failure(400, 'AccessDeniedException', message),
  s3: (message) => objectFailure(403, 'AccessDenied', message),
  sns: (message) => topicFailure(403, 'AuthorizationError', message),
};

/** Why IAM denies one of the requests of a call, in AWS's words; undefined if it allows all. */
function denialOf(
  { name, policy, caller }: Principal,
  requests: readonly Request[],
  resourcePolicies: ResourcePolicies,
): string | undefined {
  for (const request of requests) {
    const { action, resource, context } = request;
    const ofResource = resourcePolicies.of(resource);
    const decision = decide(ofResource === undefined ? [policy] : [policy, ofResource], request, caller);
    if (decision === 'allowed') continue;
    const keys = context === undefined ? '' : ` with ${JSON.stringify(context)}`;
    const user = `arn:aws:sts::${pseudoParameters['AWS::AccountId']}:assumed-role/${name}/${name}`;
    return (
      `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ` +
      `${reasons[decision](action)}${keys}`
    );
  }
  return undefined;
}

const reasons: Readonly<Record<Exclude<Decision, 'allowed'>, (action: string) => string>> = {
  'not-allowed': (action) => `because no identity-based policy allows the ${action} action`,
  denied: () => 'with an explicit deny in a policy',
};
