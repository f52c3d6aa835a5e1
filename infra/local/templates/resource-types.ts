import { LocalCloudError, pseudoParameters } from './resource.ts';

const account = pseudoParameters['AWS::AccountId'];
const region = pseudoParameters['AWS::Region'];

/** A resource as far as `Ref` and `Fn::GetAtt` need it. */
export type ResourceIdentity = {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly name: string;
  /** One of its properties, resolved. @throws LocalCloudError if it is not a string */
  property(key: string): string;
  readonly versionOf: VersionOf;
};

/** Number of the version that a template publishes of a function. */
export type VersionOf = (functionName: string) => string;

type Describe = (identity: ResourceIdentity) => string;

/**
 * The values of `Ref` and `Fn::GetAtt` for one type: section "Return values" of the type's page in the CloudFormation
 * template reference.
 */
type ResourceType = {
  /** Property that fixes the physical name; without one, or when it is absent, the name is generated. */
  readonly nameProperty?: string;
  readonly arn: Describe;
  /** Default: the physical name. */
  readonly ref?: Describe;
  readonly attributes?: Readonly<Record<string, Describe>>;
};

const regional =
  (service: string, prefix = ''): Describe =>
  ({ name }) =>
    `arn:aws:${service}:${region}:${account}:${prefix}${name}`;
const iam =
  (kind: string): Describe =>
  ({ name }) =>
    `arn:aws:iam::${account}:${kind}/${name}`;

const nameOf: Describe = ({ name }) => name;
const queueUrl: Describe = ({ name }) => `https://sqs.${region}.amazonaws.com/${account}/${name}`;
const tableArn = regional('dynamodb', 'table/');
/** AWS appends six random characters; policies match them by `-??????`. */
const secretArn: Describe = (identity) => `${regional('secretsmanager', 'secret:')(identity)}-local0`;
const functionArn = (nameOrArn: string): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${region}:${account}:function:${nameOrArn}`;
const functionVersion: Describe = ({ property, versionOf }) =>
  versionOf(property('FunctionName').split(':').at(-1) ?? '');
const versionArn: Describe = (version) =>
  `${functionArn(version.property('FunctionName'))}:${functionVersion(version)}`;
const aliasArn: Describe = ({ property }) => `${functionArn(property('FunctionName'))}:${property('Name')}`;
const taskDefinitionArn: Describe = (task) => `${regional('ecs', 'task-definition/')(task)}:1`;
const targetGroupArn = regional('elasticloadbalancing', 'targetgroup/');
const apiId: Describe = ({ name }) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

const interpreted: Readonly<Record<string, ResourceType>> = {
  'AWS::ApiGatewayV2::Api': {
    arn: (api) => `arn:aws:apigateway:${region}::/apis/${apiId(api)}`,
    ref: apiId,
    attributes: { ApiId: apiId, ApiEndpoint: (api) => `https://${apiId(api)}.execute-api.${region}.amazonaws.com` },
  },
  'AWS::ApiGatewayV2::Integration': { arn: nameOf },
  'AWS::ApiGatewayV2::Route': { arn: nameOf },
  'AWS::ApiGatewayV2::Stage': { arn: nameOf, ref: ({ property }) => property('StageName') },
  'AWS::CloudWatch::Alarm': { nameProperty: 'AlarmName', arn: regional('cloudwatch', 'alarm:') },
  'AWS::CodeDeploy::DeploymentGroup': { nameProperty: 'DeploymentGroupName', arn: regional('codedeploy') },
  'AWS::DynamoDB::Table': {
    nameProperty: 'TableName',
    arn: tableArn,
    attributes: { StreamArn: (table) => `${tableArn(table)}/stream/2026-01-01T00:00:00.000` },
  },
  'AWS::ECS::Service': { nameProperty: 'ServiceName', arn: regional('ecs', 'service/') },
  'AWS::ECS::TaskDefinition': { nameProperty: 'Family', arn: taskDefinitionArn, ref: taskDefinitionArn },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    arn: regional('elasticloadbalancing', 'loadbalancer/net/'),
    attributes: {
      DNSName: ({ name }) => `${name.toLowerCase()}.elb.${region}.amazonaws.com`,
      LoadBalancerFullName: ({ name }) => `net/${name}/0`,
    },
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    arn: targetGroupArn,
    ref: targetGroupArn,
    attributes: { TargetGroupFullName: ({ name }) => `targetgroup/${name}/0` },
  },
  'AWS::Events::Rule': { nameProperty: 'Name', arn: regional('events', 'rule/') },
  'AWS::IAM::Policy': { nameProperty: 'PolicyName', arn: iam('policy') },
  'AWS::IAM::Role': { nameProperty: 'RoleName', arn: iam('role') },
  'AWS::Lambda::Alias': { arn: aliasArn, ref: aliasArn, attributes: { AliasArn: aliasArn } },
  'AWS::Lambda::EventSourceMapping': { arn: regional('lambda', 'event-source-mapping:') },
  'AWS::Lambda::Function': { nameProperty: 'FunctionName', arn: ({ name }) => functionArn(name) },
  'AWS::Lambda::Version': {
    arn: versionArn,
    ref: versionArn,
    attributes: { FunctionArn: versionArn, Version: functionVersion },
  },
  'AWS::S3::BucketPolicy': { arn: nameOf },
  'AWS::S3::Bucket': { nameProperty: 'BucketName', arn: ({ name }) => `arn:aws:s3:::${name}` },
  'AWS::SES::ConfigurationSet': { nameProperty: 'Name', arn: regional('ses', 'configuration-set/') },
  'AWS::SES::ConfigurationSetEventDestination': { arn: nameOf },
  'AWS::SMSVOICE::ConfigurationSet': {
    nameProperty: 'ConfigurationSetName',
    arn: regional('sms-voice', 'configuration-set/'),
  },
  'AWS::SNS::Subscription': { arn: regional('sns') },
  'AWS::SNS::TopicPolicy': { arn: nameOf },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    arn: regional('sns'),
    ref: regional('sns'),
    attributes: { TopicArn: regional('sns'), TopicName: nameOf },
  },
  'AWS::SQS::QueuePolicy': { arn: nameOf },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    arn: regional('sqs'),
    ref: queueUrl,
    attributes: { QueueName: nameOf, QueueUrl: queueUrl },
  },
  'AWS::SecretsManager::Secret': {
    nameProperty: 'Name',
    arn: secretArn,
    ref: secretArn,
    attributes: { Id: secretArn },
  },
};

/**
 * Types without effect on one machine: they watch, log, scale, permit, connect, or encrypt for AWS's own services. A
 * trailing `*` means a whole service.
 */
const withoutLocalMeaning = [
  'AWS::ApplicationAutoScaling::*',
  'AWS::Backup::*',
  'AWS::Budgets::Budget',
  'AWS::CDK::Metadata',
  'AWS::CertificateManager::Certificate',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::CodeDeploy::Application',
  'AWS::EC2::*',
  'AWS::ECS::Cluster',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::KMS::Key',
  'AWS::Lambda::Permission',
  'AWS::Logs::*',
  'AWS::Route53::RecordSet',
  'AWS::SSM::Parameter',
  'AWS::ServiceDiscovery::*',
] as const;

const serviceOf = (type: string): string => type.split('::')[1]?.toLowerCase() ?? type;

/** Alarms refer to topics, dashboards to alarms: these references need only be well formed. */
const meaningless: ResourceType = { arn: (identity) => regional(serviceOf(identity.type))(identity) };

/** @returns whether the local cloud runs such a resource (false: it is known to have no effect on one machine) */
export const isInterpreted = (type: string): boolean => Object.hasOwn(interpreted, type);

/** @throws LocalCloudError naming a type that the local cloud neither runs nor knows to be without local meaning. */
export function describeType(type: string, where: string): ResourceType {
  const known = interpreted[type];
  if (known) return known;
  if (
    withoutLocalMeaning.some(
      (pattern) => pattern === type || (pattern.endsWith('*') && type.startsWith(pattern.slice(0, -1))),
    )
  )
    return meaningless;
  throw new LocalCloudError(
    `${where} has the type ${type}, which the local cloud does not know (infra/local/templates/resource-types.ts).`,
  );
}
