import { listAt, valueAt } from '../declared.ts';
import { changesOf, type Change, type TemplatesByStack } from './changes.ts';

/**
 * Changes of a stage that no deployment makes by itself, because they lose data, or an address that phones, carriers or
 * clients use, or because CloudFormation cannot apply them.
 */

export type ForbiddenChange = {
  /** Name of the stack. */
  readonly stack: string;
  /** Logical id; that of the stack itself if all of it is left. */
  readonly resource: string;
  readonly type: string;
  /** Physical name, if the template has one. */
  readonly name: string | undefined;
  /** `left`: the app no longer has the stack, which stays and is paid for. */
  readonly change: 'replaced' | 'removed' | 'left';
  /** Properties that cause a replacement. */
  readonly properties: readonly string[];
  /** What the change would lose, or why it fails. */
  readonly loss: string;
  /** How to reach the aim without it. */
  readonly way: string;
  /** Whether an operator may confirm it: CloudFormation can apply it. */
  readonly confirmable: boolean;
};

/** What keeps state, or has an address that others know. */
type Kept = {
  readonly loss: string;
  readonly way: string;
  /** Changes that CloudFormation can apply. */
  readonly possible: readonly ('replaced' | 'removed')[];
  /** Property with the physical name. */
  readonly name?: string;
};

const tenantData = (loss: string, name: string): Kept => ({
  loss,
  way: 'keep the settings that name it; for data of an earlier time follow infra/RUNBOOK.md, "Restore"',
  possible: [],
  name,
});

const network: Kept = {
  loss:
    'functions of other stacks have network interfaces in it until they are updated, and a new subnet would have the ' +
    'addresses of the old one: the update fails',
  way:
    'keep `zones` as they were. To change them, make a maintenance window: deploy with sip=off, delete the stack of ' +
    'SIP, deploy with the new zones, and change the DNS records of SIP',
  possible: [],
};

const passage: Kept = {
  loss: 'what is in the network no longer reaches, or is reached by, what it lets through',
  way: 'keep `sip`, `sipEgress` and `mediaRelay` as they were',
  possible: ['removed'],
};

const sipAddress: Kept = {
  loss: 'phones, trunks and browsers lose the address and port that they use',
  way: 'keep `sip`, `domain` and `certificateArn` as they were; a new stage beside this one can have others',
  possible: ['removed'],
};

const domainAddress: Kept = {
  loss:
    'clients, phones and webhooks lose the name or base path that they use, and all tokens become invalid with their ' +
    'issuer',
  way: 'keep `domain` and `sipDomain` as they were; a new stage beside this one can have others',
  possible: ['replaced', 'removed'],
};

const service: Kept = {
  loss: 'its tasks stop, and their calls with them',
  way: 'keep `sip` and `mediaRelay` as they were, or make the change when there are no calls',
  possible: ['removed'],
  name: 'ServiceName',
};

const egress: Kept = {
  loss: 'carriers that admit the fixed addresses of the stage reject its calls',
  way: 'keep `sipEgress` and `sipTasks` as they were, or have the carriers admit other addresses first',
  possible: ['replaced', 'removed'],
};

const messages: Kept = {
  loss: 'the messages in it are lost, and its producers fail',
  way: 'keep the setting that needs it, or empty the queue before the change',
  possible: ['removed'],
  name: 'QueueName',
};

const kept: Readonly<Record<string, Kept>> = {
  'AWS::DynamoDB::Table': tenantData('the data of all tenants', 'TableName'),
  'AWS::S3::Bucket': tenantData('the objects of all tenants', 'BucketName'),
  'AWS::SecretsManager::Secret': tenantData('what is sealed or signed with it', 'Name'),
  'AWS::Backup::BackupVault': tenantData('the backups of the stage', 'BackupVaultName'),
  'AWS::SQS::Queue': messages,
  'AWS::KMS::Key': {
    loss: 'what is encrypted with it cannot be read; of the key of alarms, notifications on their way',
    way: 'keep `alarms` as it was',
    possible: ['removed'],
  },
  'AWS::SNS::Topic': {
    loss: 'its subscribers must subscribe again',
    way: 'keep the setting that needs it',
    possible: ['removed'],
    name: 'TopicName',
  },
  'AWS::SNS::Subscription': {
    loss: 'its address gets no more messages; a new one must confirm first',
    way: 'keep `alarmEmail`, or subscribe the new address by hand before the change',
    possible: ['replaced', 'removed'],
    name: 'Endpoint',
  },
  'AWS::Logs::LogGroup': {
    loss: 'its log is deleted',
    way: 'export it first (aws logs create-export-task)',
    possible: ['replaced', 'removed'],
    name: 'LogGroupName',
  },
  'AWS::SES::ConfigurationSet': {
    loss: 'e-mails that name it are rejected',
    way: 'keep the name of the stage',
    possible: [],
    name: 'Name',
  },
  'AWS::SMSVOICE::ConfigurationSet': {
    loss: 'states of SMS are no longer reported',
    way: 'keep `sms` as it was',
    possible: ['removed'],
  },
  'AWS::CertificateManager::Certificate': {
    loss:
      'browsers, phones and clients get another certificate, which must be validated first; the present one stays, ' +
      'unused',
    way:
      'go on with the present one: certificateArn=<its ARN> (aws ssm get-parameter --name ' +
      '/trunkline/<stage>/certificate)',
    possible: ['replaced', 'removed'],
  },
  'AWS::ApiGatewayV2::Api': {
    loss: 'the API gets another address, and clients that have no domain lose it',
    way: 'keep the name of the stage',
    possible: [],
    name: 'Name',
  },
  'AWS::ApiGatewayV2::DomainName': { ...domainAddress, name: 'DomainName' },
  'AWS::ApiGatewayV2::ApiMapping': domainAddress,
  'AWS::ApiGatewayV2::Stage': { ...domainAddress, possible: [] },
  'AWS::Route53::RecordSet': { ...domainAddress, name: 'Name' },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': sipAddress,
  'AWS::ElasticLoadBalancingV2::Listener': sipAddress,
  'AWS::ElasticLoadBalancingV2::TargetGroup': sipAddress,
  'AWS::ECS::Cluster': { ...service, possible: [] },
  'AWS::ECS::Service': service,
  'AWS::ServiceDiscovery::PrivateDnsNamespace': { ...service, name: 'Name' },
  'AWS::ServiceDiscovery::Service': { ...service, name: 'Name' },
  'AWS::EC2::VPC': network,
  'AWS::EC2::Subnet': network,
  'AWS::EC2::SecurityGroup': passage,
  'AWS::EC2::VPCEndpoint': passage,
  'AWS::EC2::EIP': egress,
  'AWS::EC2::NatGateway': egress,
  'AWS::SSM::Parameter': {
    loss: 'what reads the parameter fails',
    way: 'keep the setting that needs it, or change its readers first',
    possible: ['removed'],
    name: 'Name',
  },
};

const unknown: Kept = {
  loss: 'its state and its address, as far as it has any',
  way: 'keep the settings as they were',
  possible: [],
};

/** Subnets that only tasks use, which leave it in the same update: those behind NAT gateways. */
const isOfTasks = ({ before }: Change): boolean =>
  listAt(before.Properties, 'Tags').some(
    (tag) => valueAt(tag, 'Key') === 'aws-cdk:subnet-name' && valueAt(tag, 'Value') === 'tasks',
  );

const keptOf = (change: Change): Kept =>
  change.type === 'AWS::EC2::Subnet' && change.change === 'removed' && isOfTasks(change)
    ? egress
    : (kept[change.type] ?? unknown);

/** What any update may replace or remove: it has neither state nor an address that others know. */
const renewed = new Set(
  [
    'ApiGatewayV2::Integration',
    'ApiGatewayV2::Route',
    'ApplicationAutoScaling::ScalableTarget',
    'ApplicationAutoScaling::ScalingPolicy',
    'Backup::BackupPlan',
    'Backup::BackupSelection',
    'Budgets::Budget',
    'CDK::Metadata',
    'CloudWatch::Alarm',
    'CloudWatch::CompositeAlarm',
    'CloudWatch::Dashboard',
    'CodeDeploy::Application',
    'CodeDeploy::DeploymentGroup',
    'EC2::FlowLog',
    'EC2::InternetGateway',
    'EC2::Route',
    'EC2::RouteTable',
    'EC2::SecurityGroupEgress',
    'EC2::SecurityGroupIngress',
    'EC2::SubnetRouteTableAssociation',
    'EC2::VPCGatewayAttachment',
    // Each revision is another task definition.
    'ECS::TaskDefinition',
    'Events::Rule',
    'IAM::ManagedPolicy',
    'IAM::Policy',
    'IAM::Role',
    'Lambda::Alias',
    'Lambda::EventSourceMapping',
    'Lambda::Function',
    'Lambda::Permission',
    'Lambda::Version',
    'Logs::MetricFilter',
    'Logs::SubscriptionFilter',
    'S3::BucketPolicy',
    'SES::ConfigurationSetEventDestination',
    'SNS::TopicPolicy',
    'SQS::QueuePolicy',
  ].map((type) => `AWS::${type}`),
);

/** Whether a change of resources of this type is judged by a rule of its own; others count as kept. */
export const isJudged = (type: string): boolean => renewed.has(type) || Object.hasOwn(kept, type);

/** A retained resource leaves its stack and stays. */
const isRetained = ({ change, before }: Change): boolean =>
  String(change === 'removed' ? before.DeletionPolicy : before.UpdateReplacePolicy).startsWith('Retain');

function judged(change: Change): ForbiddenChange {
  const { stack, resource, type, properties, before } = change;
  const { loss, way, possible, name } = keptOf(change);
  const physical = name === undefined ? undefined : before.Properties?.[name];
  const stays = change.change === 'removed' && isRetained(change);
  return {
    ...{ stack, resource, type, properties, way, change: change.change },
    name: typeof physical === 'string' ? physical : undefined,
    loss: stays ? `the stage no longer uses it: ${loss}; it stays in the account, outside its stack` : loss,
    confirmable: stays || possible.includes(change.change),
  };
}

/**
 * The changes between the templates of a stage that a deployment must not make unasked: each replacement and removal of
 * what keeps state or has an address, with what it loses and the way around, in the order of the stacks. A change that
 * is not `confirmable` is never deployed.
 *
 * @param deployed the templates that CloudFormation has, by the names of their stacks; empty for a new stage
 * @param wanted the synthesized templates of all stacks of the app
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
 */
export const forbiddenChanges = (deployed: TemplatesByStack, wanted: TemplatesByStack): ForbiddenChange[] => [
  ...[...deployed.keys()]
    .filter((stack) => !wanted.has(stack))
    .map((stack): ForbiddenChange => ({
      ...{ stack, resource: stack, type: 'AWS::CloudFormation::Stack', name: stack, change: 'left', properties: [] },
      loss: 'the stage no longer uses the stack, which stays with its costs',
      way:
        'keep the setting that needs it, or delete the stack after this deployment ' +
        `(aws cloudformation delete-stack --stack-name ${stack})`,
      confirmable: true,
    })),
  ...changesOf(deployed, wanted)
    .filter(({ type }) => !renewed.has(type))
    .map(judged),
];

/** A line for people. */
export const describeForbidden = ({
  stack,
  resource,
  type,
  name,
  change,
  properties,
  loss,
  way,
}: ForbiddenChange): string =>
  `${stack}: ${type} ${name ?? resource} would be ${change}` +
  `${properties.length === 0 ? '' : ` (${properties.join(', ')})`}: ${loss}. Instead, ${way}.`;
