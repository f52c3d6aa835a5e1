import { join } from 'node:path';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import {
  attributeText,
  remoteService,
  storeClient,
  textIn,
  type AwsService,
  type Parameters,
  type StoreClient,
} from './aws-call.ts';
import { startHidden } from './hidden-server.ts';
import { objectNotifications } from './notifications.ts';
import { openObjectStore, openVersionsOf } from './object-store.ts';
import { LocalCloudError, type CloudResource } from '../templates/resource.ts';

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
  const client = storeClient(remote);
  for (const queue of resources.filter(({ type }) => type === 'AWS::SQS::Queue'))
    await makeQueue(server, client, queue);
  for (const topic of resources.filter(({ type }) => type === 'AWS::SNS::Topic')) server.createTopic(topic.name);
  for (const subscription of resources.filter(({ type }) => type === 'AWS::SNS::Subscription'))
    makeSubscription(server, subscription);
  const announce = objectNotifications(resources, client);
  const objects = await openObjectStore({ dataDir, resources, versions, announce });
  const stop = async () => {
    objects.stop();
    remote.end();
    await server.stop();
  };
  const publish = (topicArn: string, message: string) => void server.publish(topicArn.split(':').at(-1) ?? '', message);
  return { service: wakingMessages(remote), objects: objects.service, publish, stop };
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
