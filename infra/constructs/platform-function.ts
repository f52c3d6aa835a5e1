import { join } from 'node:path';
import {
  aws_iam as iam,
  aws_lambda as lambda,
  type aws_logs as logs,
  aws_ssm as ssm,
  Duration,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { bucketVariable } from '#contract/buckets.ts';
import { lockModesOf, lockModesVariable } from '#schema/object-storage.ts';
import { allEffectsOf } from '#contract/pipeline-effects.ts';
import { deadLetterVariable, queueVariable } from '#contract/queues.ts';
import type { Consumer, FunctionContract } from '#contract/resource.ts';
import {
  configurationVariable,
  functionVariable,
  secretVariable,
  senderVariable,
  speechVariable,
  type Effect,
} from '#contract/effects.ts';
import { bucketName, queueArn, queueUrl, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { grantsFor, mailGrants, objectPatternOf, speechGrants, textGrants } from './grants.ts';
import { logGroupOf } from './log-group.ts';
import { named } from './named.ts';
import { smsConfigurationSet } from './sms-reports.ts';
import { sipVariablesIn } from './sip-host.ts';
import { publicUrlIn } from './public-url.ts';
import { isInside, networkParameters } from './sip-network.ts';

export type PlatformProps = {
  readonly settings: Settings;
  readonly names: Names;
  /** Folder of the bundles. */
  readonly bundles: string;
};

type FunctionProps = PlatformProps & { readonly contract: FunctionContract };

/** Seconds: API Gateway waits 30 s, including the network. */
const requestTimeout = 29;
const memory = 512;

/**
 * Actions that Lambda needs from the function's role to run it in a VPC; they have no resource type (Lambda Developer
 * Guide, "Giving Lambda functions access to resources in an Amazon VPC").
 */
const networkInterfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** They have no resource type (Service Authorization Reference, "Actions defined by AWS X-Ray"). */
const traces = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

/** One Lambda function of the platform. Its role allows what its contract's effects declare, and nothing else. */
export class PlatformFunction extends Construct {
  readonly lambda: lambda.Function;

  constructor(scope: Construct, { contract, settings, names, bundles }: FunctionProps) {
    super(scope, contract.name);
    const stack = Stack.of(this);
    const functionName = names.function(contract.name);
    const effects = allEffectsOf(contract);
    const logGroup = logGroupOf(this, 'Logs', { settings, logGroupName: names.logs(contract.name) });
    const { role, policy } = this.#role(
      { contract, settings, names, effects },
      [...grantsFor(stack, names, effects), ...sendingGrants(stack, { names, settings }, effects)],
      logGroup,
    );
    this.lambda = new lambda.Function(this, 'Function', {
      functionName,
      description: `Trunkline: ${contract.name}`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(join(bundles, contract.name)),
      handler: 'index.handler',
      memorySize: contract.memory ?? memory,
      timeout: Duration.seconds(contract.kind === 'resource' ? requestTimeout : contract.timeout),
      ...(contract.kind === 'resource' && contract.reserved === true && settings.loginConcurrency > 0
        ? { reservedConcurrentExecutions: settings.loginConcurrency }
        : {}),
      role,
      logGroup,
      environment: {
        ...environmentOf(stack, { settings, names }, effects),
        ...sipVariablesIn(this, settings, names),
      },
    });
    if (settings.traces === 'xray') this.#declared.tracingConfig = { mode: lambda.Tracing.ACTIVE };
    // Lambda does not create a function in a VPC whose role may not create network interfaces yet.
    this.lambda.node.addDependency(policy);
    if (isInside(contract) && settings.sip !== 'off') this.#moveInside(names);
  }

  /** Runs the function in the network of the service that it calls. Parameters name the network. */
  #moveInside(names: Names): void {
    const { subnets, securityGroup } = networkParameters(names);
    const valueOf = (name: string): string => ssm.StringParameter.valueForStringParameter(this, name);
    this.#declared.vpcConfig = { subnetIds: subnets.map(valueOf), securityGroupIds: [valueOf(securityGroup)] };
  }

  get #declared(): lambda.CfnFunction {
    const declared = this.lambda.node.defaultChild;
    if (!(declared instanceof lambda.CfnFunction)) throw new TypeError('A function must declare itself');
    return declared;
  }

  #role(
    { contract, settings, ...of }: Omit<FunctionProps, 'bundles'> & { readonly effects: readonly Effect[] },
    statements: iam.PolicyStatement[],
    logGroup: logs.LogGroup,
  ): { readonly role: iam.Role; readonly policy: iam.Policy } {
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${contract.name} may do`,
    });
    const policy = new iam.Policy(this, 'Policy', {
      roles: [role],
      statements: [
        ...statements,
        new iam.PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
        ...(isInside(contract) ? [new iam.PolicyStatement({ actions: networkInterfaces, resources: ['*'] })] : []),
        ...(settings.traces === 'xray' ? [new iam.PolicyStatement({ actions: traces, resources: ['*'] })] : []),
      ],
    });
    if (settings.traces === 'xray') acknowledgeTraces(policy);
    acknowledgeWildcards(policy, contract);
    acknowledgeObjects(policy, of);
    if (of.effects.some(({ kind }) => kind === 'mails' || kind === 'identities')) acknowledgeIdentities(policy);
    if (of.effects.some(({ kind }) => kind === 'texts')) acknowledgeSenders(policy);
    if (of.effects.some(({ kind }) => kind === 'speaks')) acknowledgeSpeech(policy);
    return { role, policy };
  }
}

/** What sending e-mail and SMS needs. */
const sendingGrants = (
  stack: Stack,
  { names, settings }: Pick<PlatformProps, 'settings' | 'names'>,
  effects: readonly Effect[],
): iam.PolicyStatement[] => [
  ...mailGrants(stack, names, effects, settings.emailFrom),
  ...textGrants(stack, effects, settings.sms),
  ...speechGrants(effects, settings.speech),
];

const smsVariables = ({ sms }: Settings, names: Names): Record<string, string> => ({
  SMS_PROVIDER: sms === 'sns' ? 'sns' : 'eum',
  ...(sms === 'eum' ? { SMS_CONFIGURATION_SET: smsConfigurationSet(names) } : {}),
});

/** Whether a function says texts, or knows that others can. */
const knowsSpeech = (effect: Effect): boolean =>
  effect.kind === 'speaks' || (effect.kind === 'invokes' && effect.function === 'speech');

/** Environment variables with the names of the resources that the effects allow. */
export function environmentOf(
  stack: Stack,
  { settings, names }: Pick<PlatformProps, 'settings' | 'names'>,
  effects: readonly Effect[],
): Record<string, string> {
  const queues = effects.flatMap((effect) =>
    effect.kind === 'sends' || effect.kind === 'measures'
      ? [[queueVariable(effect.queue), queueUrl(stack, names.queue(effect.queue))] as const]
      : [],
  );
  const secrets = effects.flatMap((effect) =>
    effect.kind === 'secret' ? [[secretVariable(effect.secret), names.secret(effect.secret)] as const] : [],
  );
  const buckets = effects.flatMap((effect) =>
    effect.kind === 'objects'
      ? [[bucketVariable(effect.bucket), bucketName(stack, names.bucket(effect.bucket))] as const]
      : [],
  );
  const functions = effects.flatMap((effect) =>
    effect.kind === 'invokes' ? [[functionVariable(effect.function), names.function(effect.function)] as const] : [],
  );
  return {
    TABLE_NAME: names.table,
    PUBLIC_URL: publicUrlIn(stack, settings, names),
    PERIOD_GRACE_HOURS: String(settings.periodGraceHours),
    POWERTOOLS_SERVICE_NAME: 'trunkline',
    ...(effects.some(({ kind }) => kind === 'texts') ? smsVariables(settings, names) : {}),
    ...(effects.some(knowsSpeech) ? { [speechVariable]: settings.speech } : {}),
    ...settings.variables,
    ...Object.fromEntries([...queues, ...secrets, ...buckets, ...functions]),
    ...(effects.some(({ kind }) => kind === 'mails')
      ? { [senderVariable]: settings.emailFrom, [configurationVariable]: names.configurationSets }
      : {}),
    ...(effects.some(usesLocks) ? { [lockModesVariable]: lockModesOf(settings.ephemeral) } : {}),
    ...(secrets.length === 0 ? {} : { OPERATOR_NAME: settings.operatorName }),
  };
}

/** Whether a function stores archives, or says how they are locked. */
const usesLocks = (effect: Effect): boolean =>
  effect.kind === 'objects' ? effect.bucket === 'archives' : effect.kind === 'writes' && effect.entity === 'archiving';

/** Acknowledges wildcards that cannot be narrower: partitions of an entity, log streams, a secret's suffix. */
function acknowledgeWildcards(policy: iam.Policy, contract: FunctionContract): void {
  if (isInside(contract))
    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: `${contract.name}: network interfaces have no names before they are created`,
    });
  Validations.of(policy).acknowledge({
    id: 'AwsSolutions-IAM5',
    reason: `${contract.name}: log streams have generated names; Secrets Manager appends a suffix to a secret's name`,
  });
}

/** Acknowledges wildcards for the objects of a bucket, whose names are generated. */
export function acknowledgeObjects(
  policy: iam.Policy,
  { names, effects }: Pick<PlatformProps, 'names'> & { readonly effects: readonly Effect[] },
): void {
  const { partition, account, region } = Stack.of(policy);
  const used = new Set(
    effects.flatMap((effect) =>
      effect.kind === 'objects' && effect.access !== 'names'
        ? [
            `${names.bucket(effect.bucket)}-${named(account, 'AccountId')}-${named(region, 'Region')}` +
              `/${objectPatternOf(effect)}`,
          ]
        : [],
    ),
  );
  for (const pattern of used) {
    const objects = `arn:${named(partition, 'Partition')}:s3:::${pattern}`;
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${objects}]`,
      reason: 'The names of objects are generated',
    });
  }
}

/** Acknowledges any SES identity: of the operator, or of a domain that an organization verified. */
function acknowledgeIdentities(policy: iam.Policy): void {
  const { partition, account, region } = Stack.of(policy);
  const scope = `${named(region, 'Region')}:${named(account, 'AccountId')}`;
  const identities = `arn:${named(partition, 'Partition')}:ses:${scope}:identity/*`;
  Validations.of(policy).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${identities}]`,
    reason: 'Identities of the operator and of domains that organizations verified come and go',
  });
}

/** Acknowledges any sender of SMS: numbers and sender ids are made in the account, outside of the stacks. */
function acknowledgeSenders(policy: iam.Policy): void {
  const { partition, account, region } = Stack.of(policy);
  const scope = `${named(region, 'Region')}:${named(account, 'AccountId')}`;
  for (const kind of ['phone-number', 'sender-id'])
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:${named(partition, 'Partition')}:sms-voice:${scope}:${kind}/*]`,
      reason: 'Organizations send from numbers and sender ids of their own',
    });
}

function acknowledgeTraces(policy: iam.Policy): void {
  Validations.of(policy).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Traces have no resource',
  });
}

function acknowledgeSpeech(policy: iam.Policy): void {
  Validations.of(policy).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Saying a text has no resource but lexicons, which the platform does not use',
  });
}

/** How many environments of a consumer run at a time (infra/README.md, "Throughput"). */
const concurrencyOf = (
  { maximumConcurrency, cdrsPerSecond: each }: Consumer,
  { cdrsPerSecond }: Pick<Settings, 'cdrsPerSecond'>,
): number => (each === undefined ? maximumConcurrency : Math.max(maximumConcurrency, Math.ceil(cdrsPerSecond / each)));

/** Lets a consumer receive its queue's messages, and move those that cannot be parsed to the dead-letter queue. */
export function consumesQueue(
  of: PlatformFunction,
  { contract, names, settings }: Pick<PlatformProps, 'names' | 'settings'> & { readonly contract: Consumer },
): void {
  const stack = Stack.of(of);
  const queue = queueArn(stack, names.queue(contract.queue));
  of.lambda.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
      resources: [queue],
    }),
  );
  // In the network of the sidecar there is no way to SQS, which moves messages itself after all attempts.
  if (!isInside(contract)) {
    const deadLetters = names.deadLetters(contract.queue);
    of.lambda.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn(stack, deadLetters)] }),
    );
    of.lambda.addEnvironment(deadLetterVariable, queueUrl(stack, deadLetters));
  }
  new lambda.CfnEventSourceMapping(of, 'Messages', {
    functionName: of.lambda.functionName,
    eventSourceArn: queue,
    batchSize: contract.batchSize,
    maximumBatchingWindowInSeconds: contract.batchWindow,
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency: concurrencyOf(contract, settings) },
  }).node.addDependency(of.lambda.role ?? of.lambda);
}
