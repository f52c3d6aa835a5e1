import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { duplexPair, type Duplex } from 'node:stream';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import * as z from 'zod';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';
import {
  attributeText,
  remoteService,
  storeClient,
  textIn,
  type AwsService,
  type Parameters,
  type StoreClient,
} from './aws-call.ts';
import { LongPolls, type AwaitedQueue } from './long-polls.ts';
import type { ObjectId } from './object-files.ts';
import { openObjectStore, openVersionsOf } from './object-store.ts';
import { PrivateAgent } from './private-agent.ts';

type Configuration = { readonly QueueConfigurations?: readonly { readonly Event: string; readonly Queue: string }[] };

/** The queue that a bucket's template notifies, by bucket. @throws LocalCloudError for another form */
function notifiedQueues(resources: readonly CloudResource[]): ReadonlyMap<string, string> {
  return new Map(
    resources
      .filter(({ type }) => type === 'AWS::S3::Bucket')
      .flatMap(({ name, logicalId, properties }): [string, string][] => {
        const configuration = properties['NotificationConfiguration'] as Configuration | undefined;
        if (configuration === undefined) return [];
        const { QueueConfigurations: [queue, ...more] = [], ...others } = configuration;
        if (queue?.Event !== 's3:ObjectCreated:*' || more.length > 0 || Object.keys(others).length > 0)
          throw new LocalCloudError(`${logicalId} has notifications of a form that the local cloud does not know.`);
        return [[name, queue.Queue.split(':').at(-1) ?? '']];
      }),
  );
}

/** Keys are encoded as in a form. */
const encoded = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');

let sequence = 0;

/**
 * Notifies the queue of a bucket of a new object, if the template names one.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
function objectNotifications(resources: readonly CloudResource[], client: StoreClient) {
  const queues = notifiedQueues(resources);
  return async (object: ObjectId & { readonly size?: number; readonly etag?: string }): Promise<void> => {
    const { bucket, key, size, etag } = object;
    const queue = queues.get(bucket);
    if (queue === undefined) return;
    const record = {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: pseudoParameters['AWS::Region'],
      eventTime: new Date().toISOString(),
      eventName: 'ObjectCreated:Put',
      s3: {
        s3SchemaVersion: '1.0',
        bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
        object: {
          key: encoded(key),
          size,
          eTag: etag?.replaceAll('"', ''),
          sequencer: `${Date.now().toString(16)}${(sequence += 1).toString(16).padStart(4, '0')}`,
        },
      },
    };
    await client('AmazonSQS.SendMessage', { QueueUrl: queue, MessageBody: JSON.stringify({ Records: [record] }) });
  };
}

/** Node.js API, "Diagnostics Channel": published before a server opens its port. */
const listening = 'tracing:net.server.listen:asyncStart';

const isServer = (value: unknown): value is Server => value instanceof Server;

const rejectStranger = (connection: unknown): void => {
  if (connection instanceof Socket) connection.destroy();
};

/**
 * Starts something that opens an HTTP server at a port, and takes that server off the port before it has read a byte
 * there: its connections are streams within this process.
 *
 * @param maxConnections requests at once
 * @returns what was started, and the only agent that reaches its server
 */
export async function startHidden<T>(
  start: () => Promise<T>,
  maxConnections: number,
): Promise<{ readonly started: T; readonly agent: PrivateAgent }> {
  const mine = new AsyncLocalStorage<Server[]>();
  const onListen = (message: unknown): void => {
    const { server } = message as { readonly server: unknown };
    // Servers that others open concurrently are not ours.
    if (isServer(server)) mine.getStore()?.push(server.prependListener('connection', rejectStranger));
  };
  const servers: Server[] = [];
  subscribe(listening, onListen);
  const started = await mine.run(servers, start).finally(() => unsubscribe(listening, onListen));
  const [server] = servers;
  for (const each of servers) each.close();
  if (server === undefined) throw new LocalCloudError('The server of the queues is not found, so it cannot be closed.');
  return { started, agent: new PrivateAgent(async () => connectionTo(server), maxConnections) };
}

/** The methods of a socket that HTTP calls and a stream does not have. They mean nothing within a process. */
const socketMethods = { setKeepAlive: () => {}, setTimeout: () => {}, ref: () => {}, unref: () => {} };

/** Node.js API, "Event: 'connection'": any Duplex stream can be passed. */
function connectionTo(server: Server): Duplex {
  const [near, far] = duplexPair();
  server.emit('connection', far);
  return Object.assign(near, socketMethods);
}

/** The local SQS, SNS and S3, with the queues, topics and buckets of the templates. */
export type QueueStore = {
  readonly service: AwsService;
  readonly objects: AwsService;
  /** Publishes to a topic, as services of AWS do. */
  readonly publish: (topicArn: string, message: string) => void;
  stop(): Promise<void>;
};

/** Requests at once; consumers wait for messages in them. */
const maxConnections = 256;

/** Starts `fauxqs` over the data directory and creates the templates' queues, and topics with their subscriptions. */
export async function startQueueStore(resources: readonly CloudResource[], dataDir: string): Promise<QueueStore> {
  const versions = await openVersionsOf(dataDir);
  // `fauxqs` answers unsigned requests, at a port of all interfaces.
  const { started: server, agent } = await startHidden(
    () => startFauxqs({ port: 0, logger: false, dataDir: join(dataDir, 'queues') }),
    maxConnections,
  );
  const remote = remoteService(new URL(`http://127.0.0.1:${server.port}`), agent);
  const polls = new LongPolls(remote, (name) => awaitedQueue(server, name));
  const client = storeClient(polls.service);
  for (const queue of resources.filter(({ type }) => type === 'AWS::SQS::Queue'))
    await makeQueue(server, client, queue);
  for (const topic of resources.filter(({ type }) => type === 'AWS::SNS::Topic')) server.createTopic(topic.name);
  for (const subscription of resources.filter(({ type }) => type === 'AWS::SNS::Subscription'))
    makeSubscription(server, subscription);
  const announce = objectNotifications(resources, client);
  const objects = await openObjectStore({ dataDir, resources, versions, announce });
  const stop = async () => {
    objects.stop();
    polls.stop();
    remote.end();
    await server.stop();
  };
  const publish = (topicArn: string, message: string): void => {
    server.publish(topicArn.split(':').at(-1) ?? '', message);
    polls.ring();
  };
  return { service: wakingMessages(polls.service), objects: objects.service, publish, stop };
}

const redrivePolicy = z.object({ deadLetterTargetArn: z.string() });

/** What a receiver that waits must know of a queue. */
export function awaitedQueue(server: FauxqsServer, name: string): AwaitedQueue | undefined {
  const queue = server.inspectQueue(name);
  if (queue === undefined) return undefined;
  const { attributes, messages } = queue;
  const { data } = redrivePolicy.safeParse(JSON.parse(attributes['RedrivePolicy'] ?? '{}'));
  return {
    visibleAt: [
      ...messages.delayed.flatMap(({ delayUntil }) => delayUntil ?? []),
      ...messages.inflight.map(({ visibilityDeadline }) => visibilityDeadline),
    ],
    wait: Number(attributes['ReceiveMessageWaitTimeSeconds'] ?? 0),
    deadLetters: data?.deadLetterTargetArn.split(':').at(-1),
  };
}

/** Seconds; as little as possible but not 0. */
const almostNone = 0.001;

/**
 * `fauxqs` 2.4.1 drops a message from its memory if its visibility timeout is set to 0: its own file rejects the
 * change.
 */
function wakingMessages(service: AwsService): AwsService {
  const awake = (entry: Parameters): Parameters =>
    entry['VisibilityTimeout'] === 0 ? { ...entry, VisibilityTimeout: almostNone } : entry;
  return (call) => {
    if (!call.operation.startsWith('ChangeMessageVisibility')) return service(call);
    const entries = call.parameters['Entries'] as readonly Parameters[] | undefined;
    return service(
      call.with(entries === undefined ? awake(call.parameters) : { ...call.parameters, Entries: entries.map(awake) }),
    );
  };
}

/** Properties of a queue in CloudFormation that are no attributes of the SQS API. */
const otherProperties = ['QueueName', 'Tags'];

/** CloudFormation's properties are the API's attributes, as strings. An existing queue keeps its messages. */
async function makeQueue(
  server: FauxqsServer,
  client: StoreClient,
  { name, properties }: CloudResource,
): Promise<void> {
  const attributes = Object.fromEntries(
    Object.entries(properties).flatMap(([property, value]) =>
      otherProperties.includes(property) ? [] : [[property, attributeText(value)]],
    ),
  );
  try {
    if (server.inspectQueue(name) === undefined) server.createQueue(name, { attributes });
    await client('AmazonSQS.SetQueueAttributes', { QueueUrl: name, Attributes: attributes });
  } catch (error) {
    throw new LocalCloudError(
      `The queue ${name} cannot be created: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Properties of a subscription that are attributes of the SNS API. */
const subscriptionAttributes = ['FilterPolicy', 'FilterPolicyScope', 'RawMessageDelivery'];

function makeSubscription(server: FauxqsServer, { properties }: CloudResource): void {
  // No e-mail goes to people from one machine; functions are invoked by their own mappings.
  if (properties['Protocol'] !== 'sqs') return;
  const set = subscriptionAttributes.filter((key) => properties[key] !== undefined);
  const attributes = Object.fromEntries(set.map((key) => [key, attributeText(properties[key])]));
  const nameIn = (property: string) => textIn(properties, property).split(':').at(-1) ?? '';
  server.subscribe({ topic: nameIn('TopicArn'), queue: nameIn('Endpoint'), attributes });
}
