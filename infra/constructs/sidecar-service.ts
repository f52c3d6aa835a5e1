import { join } from 'node:path';
import {
  aws_ecr_assets as assets,
  aws_ecs as ecs,
  aws_iam as iam,
  type aws_logs as logs,
  Duration,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { allEffectsOf } from '#contract/pipeline-effects.ts';
import { portVariable, type Service } from '#contract/resource.ts';
import { metricsVariable } from '#contract/sidecar-metrics.ts';
import { grantsFor } from './grants.ts';
import { logGroupOf } from './log-group.ts';
import { named } from './named.ts';
import { environmentOf, type PlatformProps } from './platform-function.ts';
import { secretArn, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import type { SipNetwork } from './sip-network.ts';

export type SidecarServiceProps = PlatformProps & {
  readonly contract: Service;
  readonly network: SipNetwork;
  readonly environment: Readonly<Record<string, string>>;
};

/** Use of the processors (percent) above which more tasks are started, and how many times as many at most. */
const targetUse = 50;
const maxTimes = 5;
/** Max open files of a task, most of them connections. */
const files = 65_535;

/** The tasks of a service. Their role allows what the contract's effects declare, and nothing else. */
export class SidecarService extends Construct {
  readonly cluster: ecs.ICluster;
  readonly service: ecs.FargateService;

  constructor(scope: Construct, props: SidecarServiceProps) {
    super(scope, props.contract.name);
    const { contract, network, names } = props;
    const cluster = new ecs.Cluster(this, 'Cluster', {
      clusterName: names.function('sip'),
      vpc: network.vpc,
      containerInsightsV2:
        props.settings.alarms === 'few' ? ecs.ContainerInsights.DISABLED : ecs.ContainerInsights.ENABLED,
    });
    if (props.settings.alarms === 'few')
      Validations.of(cluster).acknowledge({
        id: 'AwsSolutions-ECS4',
        reason: 'A stage with few alarms reads the tasks of its own metrics',
      });
    // The library's own types disagree under exactOptionalPropertyTypes.
    this.cluster = cluster as ecs.ICluster;
    const { task, policy } = this.#task(props);
    this.service = new ecs.FargateService(this, 'Service', {
      serviceName: names.function(contract.name),
      cluster: this.cluster,
      taskDefinition: task,
      desiredCount: props.settings.sipTasks,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.seconds(60),
      assignPublicIp: props.settings.sipEgress === 'public',
      vpcSubnets: network.taskSubnets,
      securityGroups: [network.groups.tasks],
    });
    // A task that starts before its policies cannot pull its image or read the table.
    this.service.node.addDependency(policy, task.obtainExecutionRole());
    this.#scale(props.settings);
  }

  /** More tasks when they are busy; fewer only after a while, as each that ends hands its phones over. */
  #scale({ sipTasks }: Settings): void {
    this.service
      .autoScaleTaskCount({ minCapacity: sipTasks, maxCapacity: sipTasks * maxTimes })
      .scaleOnCpuUtilization('Use', {
        targetUtilizationPercent: targetUse,
        scaleOutCooldown: Duration.minutes(1),
        scaleInCooldown: Duration.minutes(15),
      });
  }

  #task(props: SidecarServiceProps): { readonly task: ecs.FargateTaskDefinition; readonly policy: iam.Policy } {
    const { contract, names, settings } = props;
    const stack = Stack.of(this);
    const { role, policy } = this.#role(contract, [
      ...grantsFor(stack, names, allEffectsOf(contract)),
      protectionGrant(stack, names),
      ...certificateGrants(stack, settings),
    ]);
    acknowledgeTasks(policy, names);
    const task = new ecs.FargateTaskDefinition(this, 'Task', {
      family: names.function(contract.name),
      // Fargate has the same ratio of processor and memory at half the size.
      cpu: props.settings.sipTasks === 1 ? contract.cpu / 2 : contract.cpu,
      memoryLimitMiB: props.settings.sipTasks === 1 ? contract.memory / 2 : contract.memory,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      taskRole: role,
    });
    const logGroup = logGroupOf(this, 'Logs', { settings, logGroupName: names.logs(contract.name) });
    const container = task.addContainer(contract.name, this.#container(props, logGroup));
    container.addUlimits({ name: ecs.UlimitName.NOFILE, softLimit: files, hardLimit: files });
    this.#acknowledge(task);
    return { task, policy };
  }

  #container(props: SidecarServiceProps, logGroup: logs.LogGroup): ecs.ContainerDefinitionOptions {
    const { contract, bundles } = props;
    const health = contract.ports['health']?.port ?? 0;
    return {
      containerName: contract.name,
      image: ecs.ContainerImage.fromAsset(join(bundles, contract.name), { platform: assets.Platform.LINUX_ARM64 }),
      environment: this.#environment(props),
      logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: contract.name }),
      readonlyRootFilesystem: true,
      user: '65532',
      stopTimeout: Duration.seconds(contract.stopTimeout),
      healthCheck: {
        command: [
          'CMD',
          '/nodejs/bin/node',
          '-e',
          `fetch('http://127.0.0.1:${health}/live').then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))`,
        ],
        startPeriod: Duration.seconds(30),
      },
      portMappings: Object.entries(contract.ports).map(([name, { port, protocol }]) => ({
        name,
        containerPort: port,
        protocol: protocol === 'udp' ? ecs.Protocol.UDP : ecs.Protocol.TCP,
      })),
    };
  }

  #environment({ contract, settings, names, environment }: SidecarServiceProps): Record<string, string> {
    const ports = Object.entries(contract.ports).map(([name, { port }]): [string, string] => [
      portVariable(name),
      String(port),
    ]);
    return {
      ...environmentOf(Stack.of(this), { settings, names }, allEffectsOf(contract)),
      AWS_REGION: Stack.of(this).region,
      [metricsVariable]: names.function(contract.name),
      ...Object.fromEntries(ports),
      ...environment,
    };
  }

  #role(
    contract: Service,
    statements: iam.PolicyStatement[],
  ): { readonly role: iam.Role; readonly policy: iam.Policy } {
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `What ${contract.name} may do`,
    });
    const policy = new iam.Policy(this, 'Policy', { roles: [role], statements });
    acknowledgeSecrets(policy);
    return { role, policy };
  }

  #acknowledge(task: ecs.FargateTaskDefinition): void {
    Validations.of(task).acknowledge(
      {
        id: 'AwsSolutions-ECS2',
        reason: 'The environment holds names and ports; secrets are read from Secrets Manager by name',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'ecr:GetAuthorizationToken has no resource type (Service Authorization Reference)',
      },
    );
  }
}

/** Reads the certificate of the operator, whose secret no contract names. */
const certificateGrants = (stack: Stack, { sipClientCertificate: secret }: Settings): iam.PolicyStatement[] =>
  secret === undefined
    ? []
    : [new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn(stack, secret)] })];

/** Acknowledges any version of a secret's name. */
export const acknowledgeSecrets = (policy: iam.Policy): void =>
  Validations.of(policy).acknowledge({
    id: 'AwsSolutions-IAM5',
    reason: "Secrets Manager appends a suffix to a secret's name",
  });

/** Acknowledges any task of the service's cluster. */
export function acknowledgeTasks(policy: iam.Policy, names: Names): void {
  const { partition, account, region } = Stack.of(policy);
  const scope = `${named(region, 'Region')}:${named(account, 'AccountId')}`;
  const tasks = `arn:${named(partition, 'Partition')}:ecs:${scope}:task/${names.function('sip')}/*`;
  Validations.of(policy).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${tasks}]`,
    reason: 'ECS names a task when it starts it',
  });
}

/** A task protects itself while it carries calls: the tasks of its cluster only. */
export const protectionGrant = (stack: Stack, names: Names): iam.PolicyStatement =>
  new iam.PolicyStatement({
    actions: ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
    resources: [stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${names.function('sip')}/*` })],
  });

/** The service's container port of that name, as a target of a load balancer. */
export const targetOf = (
  { service }: SidecarService,
  contract: Service,
  name: keyof Service['ports'],
): ecs.IEcsLoadBalancerTarget => {
  const { port, protocol } = contract.ports[name] ?? { port: 0, protocol: 'tcp' };
  return service.loadBalancerTarget({
    containerName: contract.name,
    containerPort: port,
    protocol: protocol === 'udp' ? ecs.Protocol.UDP : ecs.Protocol.TCP,
  });
};
