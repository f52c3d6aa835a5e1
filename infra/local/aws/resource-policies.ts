import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';
import { compilePolicy, decide, type Caller, type Policy } from './policy.ts';

const account = pseudoParameters['AWS::AccountId'];
const region = pseudoParameters['AWS::Region'];

/** The policies of buckets, queues and topics. */
export type ResourcePolicies = {
  /** The policy of a resource, or of the bucket of an object; undefined: it has none. */
  readonly of: (arn: string) => Policy | undefined;
};

type PolicyProperties = { readonly PolicyDocument?: { readonly Statement?: readonly unknown[] } };

/** The ARNs of the resources that a policy is attached to. */
const attachments: Readonly<Record<string, (properties: CloudResource['properties']) => readonly string[]>> = {
  'AWS::S3::BucketPolicy': ({ Bucket: bucket }) => [`arn:aws:s3:::${String(bucket)}`],
  'AWS::SNS::TopicPolicy': ({ Topics: topics }) => topics as readonly string[],
  'AWS::SQS::QueuePolicy': ({ Queues: urls }) => (urls as readonly string[]).map(queueArnOf),
};

/** Of `https://sqs.<region>.amazonaws.com/<account>/<name>`. */
const queueArnOf = (url: string): string => `arn:aws:sqs:${region}:${account}:${url.split('/').at(-1)}`;

/** An object has the policy of its bucket. */
const ownerOf = (arn: string): string => (arn.startsWith('arn:aws:s3:::') ? (arn.split('/')[0] ?? arn) : arn);

/** Reads the policies of all resources. @throws LocalCloudError naming a form that it does not know */
export function readResourcePolicies(resources: readonly CloudResource[]): ResourcePolicies {
  const statements = new Map<string, unknown[]>();
  for (const { type, properties } of resources)
    for (const arn of attachments[type]?.(properties) ?? []) {
      const { PolicyDocument: { Statement: own = [] } = {} } = properties as PolicyProperties;
      statements.set(arn, [...(statements.get(arn) ?? []), ...own]);
    }
  const policies = new Map([...statements].map(([arn, of]) => [arn, compilePolicy(arn, of, 'resource')]));
  return { of: (arn) => policies.get(ownerOf(arn)) };
}

/** What a service of AWS does to a resource on behalf of another one. */
type Delivery = {
  readonly service: string;
  readonly action: string;
  /** ARN of the resource for which the service works. */
  readonly source: string;
  readonly target: string;
};

type Notifications = { readonly QueueConfigurations?: readonly { readonly Queue: string }[] };
type EmailDestination = { readonly SnsDestination?: { readonly TopicARN: string } };
type TextDestinations = readonly { readonly SnsDestination?: { readonly TopicArn: string } }[];

const configurationSetArn = (name: unknown): string =>
  `arn:aws:ses:${region}:${account}:configuration-set/${String(name)}`;

/** What each kind of resource makes a service deliver. */
const deliveries: Readonly<Record<string, (resource: CloudResource) => readonly Delivery[]>> = {
  'AWS::S3::Bucket': ({ arn, properties }) =>
    ((properties['NotificationConfiguration'] ?? {}) as Notifications).QueueConfigurations?.map(
      ({ Queue: target }) => ({
        ...{ service: 's3.amazonaws.com', action: 'sqs:SendMessage', source: arn, target },
      }),
    ) ?? [],
  'AWS::SNS::Subscription': ({ properties: { Protocol: protocol, TopicArn: topic, Endpoint: endpoint } }) =>
    protocol === 'sqs'
      ? [
          {
            ...{ service: 'sns.amazonaws.com', action: 'sqs:SendMessage' },
            ...{ source: String(topic), target: String(endpoint) },
          },
        ]
      : [],
  'AWS::SES::ConfigurationSetEventDestination': ({ properties }) => {
    const { SnsDestination: { TopicARN: target } = {} } = properties['EventDestination'] as EmailDestination;
    const source = configurationSetArn(properties['ConfigurationSetName']);
    return target === undefined ? [] : [{ service: 'ses.amazonaws.com', action: 'sns:Publish', source, target }];
  },
  'AWS::SMSVOICE::ConfigurationSet': ({ arn, properties }) =>
    ((properties['EventDestinations'] ?? []) as TextDestinations).flatMap(({ SnsDestination: destination }) =>
      destination === undefined
        ? []
        : [
            {
              ...{ service: 'sms-voice.amazonaws.com', action: 'sns:Publish' },
              ...{ source: arn, target: destination.TopicArn },
            },
          ],
    ),
};

/** A service as it asks, over TLS, for a resource of this account. */
const callerOf = ({ service, source }: Delivery): Caller => ({
  kind: 'Service',
  name: service,
  context: {
    'aws:SecureTransport': ['true'],
    'aws:SourceAccount': [account],
    'aws:SourceArn': [source],
  },
});

/**
 * Checks that the policies of queues and topics let services deliver what the templates make them deliver. S3 and SES
 * check it when they are set up, and SNS loses messages without a word.
 *
 * @throws LocalCloudError naming the missing grant
 */
export function assertDeliveries(resources: readonly CloudResource[], policies: ResourcePolicies): void {
  for (const delivery of resources.flatMap((resource) => deliveries[resource.type]?.(resource) ?? [])) {
    const { action, source, target } = delivery;
    const policy = policies.of(target);
    if (policy !== undefined && decide([policy], { action, resource: target }, callerOf(delivery)) === 'allowed')
      continue;
    throw new LocalCloudError(
      `The policy of ${target} does not let ${delivery.service} ${action} for ${source}: the deployment would fail, ` +
        'or messages would be lost.',
    );
  }
}
