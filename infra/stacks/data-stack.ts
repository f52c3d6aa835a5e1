import {
  aws_dynamodb as dynamodb,
  aws_iam as iam,
  aws_secretsmanager as secrets,
  aws_sqs as sqs,
  aws_ssm as ssm,
  CfnOutput,
  Duration,
  RemovalPolicy,
  Stack,
  Validations,
  type StackProps,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { buckets } from '#contract/buckets.ts';
import type { SecretName } from '#contract/effects.ts';
import { maximumReceives, type Queue } from '#contract/queues.ts';
import { queuesOf, type Consumer, type FunctionContract } from '#contract/resource.ts';
import { reportQueueOf, uploadQueueOf } from '#contract/shared-queues.ts';
import { EmailReports } from '../constructs/email-reports.ts';
import { addBucket } from '../constructs/object-bucket.ts';
import { messageRetention, visibilityOf } from '../constructs/queue-times.ts';
import type { PlatformProps } from '../constructs/platform-function.ts';
import { SmsReports } from '../constructs/sms-reports.ts';
import { streamOutput } from '../constructs/stream-source.ts';
import type { Settings } from '../settings.ts';

/** One per account and region: a stage has it on request only, as a second one could not be created. */
const sharedCdrParameter = '/platform/cdr/queue-url';

type DataProps = StackProps & PlatformProps & { readonly contracts: readonly FunctionContract[] };

type PlatformSecret = {
  /** Id of the construct. */
  readonly id: string;
  readonly name: SecretName;
  readonly description: string;
  readonly generated?: secrets.SecretStringGenerator;
  /** Why Secrets Manager does not rotate it (rule SMG4 of cdk-nag). */
  readonly unrotated: string;
};

export const platformSecrets: readonly PlatformSecret[] = [
  {
    id: 'OperatorAdmin',
    name: 'operator-admin',
    description: "First password of the operator's admin, who must change it at the first log-in",
    generated: {
      secretStringTemplate: JSON.stringify({ username: 'admin' }),
      generateStringKey: 'password',
      passwordLength: 24,
    },
    unrotated: 'Used once; the password itself is changed at the first log-in',
  },
  {
    id: 'SigningKeys',
    name: 'signing-keys',
    description: 'Private keys that sign session tokens, one version per generation',
    unrotated: 'Rotated by the platform, which publishes each key before it signs',
  },
  {
    id: 'ArchiveKeys',
    name: 'archive-keys',
    description: 'Private keys that sign manifests of archives, one version per generation',
    unrotated: 'Rotated by the platform, which publishes each key before it signs',
  },
  {
    id: 'SealingKeys',
    name: 'sealing-keys',
    description: 'Data keys that seal secrets which must be readable again, one version per generation',
    // The initial value seals nothing: the first function that seals creates the first key.
    generated: { secretStringTemplate: JSON.stringify({ generation: 0 }), generateStringKey: 'key' },
    unrotated: 'A sealed secret needs its key for as long as it is stored',
  },
  {
    id: 'Canary',
    name: 'canary',
    description: 'The account by which the canary uses the platform, once the operator has stored it',
    // The initial value names no user.
    generated: { secretStringTemplate: '{}', generateStringKey: 'unused' },
    unrotated: 'The operator replaces it together with the password of the user that it names',
  },
  {
    id: 'SidecarControl',
    name: 'sidecar-control',
    description: "Signs the functions' requests to the SIP sidecar",
    generated: { secretStringTemplate: '{}', generateStringKey: 'key', passwordLength: 64 },
    unrotated: 'Signs tokens that live half a minute inside the VPC; a new version takes effect within minutes',
  },
];

/** Data outlives its stack. A creation that is rolled back leaves nothing, so that it can be repeated. */
const removalPolicyOf = ({ ephemeral }: Settings): RemovalPolicy =>
  ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** Everything that must outlive a deployment: the queues, the buckets, the secrets, and the table. */
export class DataStack extends Stack {
  constructor(scope: Construct, id: string, props: DataProps) {
    super(scope, id, props);
    const queues = new Map(queuesOf(props.contracts).map((queue) => [queue, this.#queue(queue, props)]));
    const removalPolicy = removalPolicyOf(props.settings);
    for (const bucket of buckets) {
      const notified = queues.get(uploadQueueOf(props.contracts, bucket) ?? '');
      addBucket(this, bucket, { ...props, removalPolicy, notified });
    }
    const reported = queues.get(reportQueueOf(props.contracts, 'email') ?? '');
    if (reported !== undefined) new EmailReports(this, 'EmailReports', { ...props, queue: reported });
    const texts = queues.get(reportQueueOf(props.contracts, 'sms') ?? '');
    if (texts !== undefined && props.settings.sms === 'eum')
      new SmsReports(this, 'SmsReports', { ...props, queue: texts });
    this.#secrets(props);
    this.#table(props);
  }

  /**
   * CloudFormation cannot delete a protected table when it rolls a failed creation back, so the table is created after
   * all else that can fail.
   */
  #table({ settings, names }: DataProps): void {
    const before = this.node.children;
    const key = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });
    // Another name is another resource: CloudFormation imports a restored table, and lets go of the one before.
    const id = settings.tableName === undefined ? 'Table' : `Table-${settings.tableName}`;
    const warm =
      settings.warmWrites === undefined ? {} : { warmThroughput: { writeUnitsPerSecond: settings.warmWrites } };
    const table = new dynamodb.Table(this, id, {
      tableName: names.table,
      partitionKey: key('PK'),
      sortKey: key('SK'),
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      // Keys suffice: the stream only wakes the feed, which reads the items.
      stream: dynamodb.StreamViewType.KEYS_ONLY,
      deletionProtection: !settings.ephemeral,
      removalPolicy: removalPolicyOf(settings),
      ...warm,
    });
    for (const index of ['GSI1', 'GSI2'])
      table.addGlobalSecondaryIndex({
        indexName: index,
        partitionKey: key(`${index}PK`),
        sortKey: key(`${index}SK`),
        ...warm,
      });
    table.node.addDependency(...before);
    // An output, as a parameter would be created after the table, and its failure would leave the table behind.
    new CfnOutput(this, streamOutput, {
      value: table.tableStreamArn ?? '',
      description: "The table's stream, which the change feed reads",
    });
  }

  #queue(name: Queue, { names, contracts, settings }: DataProps): sqs.Queue {
    const consumer = contracts.find((each): each is Consumer => each.kind === 'consumer' && each.queue === name);
    const deadLetters = new sqs.Queue(this, `${name}-dlq`, {
      queueName: names.deadLetters(name),
      retentionPeriod: messageRetention,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    const queue = new sqs.Queue(this, name, {
      queueName: names.queue(name),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      receiveMessageWaitTime: Duration.seconds(20),
      visibilityTimeout: visibilityOf(consumer),
      retentionPeriod: messageRetention,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: maximumReceives },
    });
    if (name !== 'cdr-ingest') return queue;
    for (const producer of settings.cdrProducers) queue.grantSendMessages(new iam.ArnPrincipal(producer));
    const description = 'Event producers send call detail records here';
    const published = {
      CdrQueueUrlParameter: names.parameter('cdr/queue-url'),
      ...(settings.sharedCdrParameter ? { SharedCdrQueueUrlParameter: sharedCdrParameter } : {}),
    };
    for (const [id, parameterName] of Object.entries(published))
      new ssm.StringParameter(this, id, { parameterName, stringValue: queue.queueUrl, description });
    new CfnOutput(this, 'CdrQueueUrl', { value: queue.queueUrl, description });
    return queue;
  }

  #secrets({ names, settings }: DataProps): void {
    for (const { id, name, description, generated, unrotated } of platformSecrets) {
      const secret = new secrets.Secret(this, id, {
        secretName: names.secret(name),
        description,
        ...(generated === undefined ? {} : { generateSecretString: { excludePunctuation: true, ...generated } }),
        removalPolicy: removalPolicyOf(settings),
      });
      Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: unrotated });
    }
  }
}
