import { join } from 'node:path';
import {
  aws_cloudwatch as cloudwatch,
  aws_ec2 as ec2,
  aws_ecr_assets as assets,
  aws_ecs as ecs,
  aws_iam as iam,
  type aws_logs as logs,
  aws_servicediscovery as discovery,
  Duration,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { allEffectsOf } from '#contract/pipeline-effects.ts';
import { portVariable, type Service } from '#contract/resource.ts';
import { metricsInterval, metricsVariable } from '#contract/sidecar-metrics.ts';
import { grantsFor } from './grants.ts';
import { logGroupOf } from './log-group.ts';
import { acknowledgeObjects, environmentOf, type PlatformProps } from './platform-function.ts';
import { acknowledgeSecrets, acknowledgeTasks, protectionGrant } from './sidecar-service.ts';
import type { SipNetwork } from './sip-network.ts';

export type MediaRelayProps = PlatformProps & {
  readonly contract: Service;
  readonly network: SipNetwork;
  readonly cluster: ecs.ICluster;
};

/** UDP ports of media: a call needs four. */
const mediaPorts = { first: 30_000, last: 39_999 } as const;
/** Sessions of a relay above which more are started. */
export const targetSessions = 300;
/** Relays at least: one that ends takes its calls along, but not those of the other, which is in another zone. */
export const relaysOf = ({ settings }: Pick<PlatformProps, 'settings'>): number => Math.min(settings.sipTasks, 2);
/** Where captures of calls are until their recordings are stored. */
export const recordings = { volume: 'recordings', folder: '/recordings' } as const;
/** Where sounds are that calls play. No other folders can be written. */
const sounds = { volume: 'sounds', folder: '/sounds' } as const;
/** Seconds for which the address of a relay may be cached. */
const addressTtl = 10;

/** The zone in which relays are found, inside the network only. */
const zoneOf = ({ settings }: Pick<PlatformProps, 'settings'>): string => `${settings.stage}.trunkline.internal`;

/**
 * Where the sidecar finds the relays: by their leases. For one release also under the name that the last one used, as
 * its relays have no leases, and its tasks know no others. A name has at most eight addresses in an answer.
 */
export const relaySources = (props: Pick<PlatformProps, 'settings'>, { name, ports }: Service): string =>
  `leases,${name}.${zoneOf(props)}:${ports['ng']?.port}/${ports['control']?.port}`;

/**
 * The media relays: tasks with public addresses, found by the sidecar by their leases. Commands come from the sidecar
 * only, media from anywhere. A relay with calls is not stopped to scale in.
 */
export class MediaRelayService extends Construct {
  constructor(scope: Construct, props: MediaRelayProps) {
    super(scope, props.contract.name);
    const { contract, network, names, cluster } = props;
    const { task, policy } = this.#task(props);
    const namespace = new discovery.PrivateDnsNamespace(this, 'Namespace', {
      name: zoneOf(props),
      vpc: network.vpc,
      description: 'Media relays',
    });
    const service = new ecs.FargateService(this, 'Service', {
      serviceName: names.function(contract.name),
      cluster,
      taskDefinition: task,
      desiredCount: relaysOf(props),
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      assignPublicIp: true,
      vpcSubnets: network.publicSubnets,
      securityGroups: [this.#group(props)],
      cloudMapOptions: {
        name: contract.name,
        cloudMapNamespace: namespace,
        dnsRecordType: discovery.DnsRecordType.A,
        dnsTtl: Duration.seconds(addressTtl),
      },
    });
    // A task that starts before its policies cannot pull its image.
    service.node.addDependency(policy, task.obtainExecutionRole());
    this.#scale(service, props);
  }

  /** By sessions, as a relay of few calls may send much, and one of many little. */
  #scale(service: ecs.FargateService, { names, contract, settings }: MediaRelayProps): void {
    const capacity = { minCapacity: relaysOf({ settings }), maxCapacity: settings.maxRelays };
    service.autoScaleTaskCount(capacity).scaleToTrackCustomMetric('Sessions', {
      metric: new cloudwatch.Metric({
        namespace: names.function(contract.name),
        metricName: 'Sessions',
        statistic: cloudwatch.Stats.AVERAGE,
        period: Duration.seconds(metricsInterval),
      }),
      targetValue: targetSessions,
      scaleOutCooldown: Duration.minutes(1),
      scaleInCooldown: Duration.minutes(15),
    });
  }

  #group({ network, contract }: MediaRelayProps): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'Group', {
      vpc: network.vpc,
      description: 'Media relays',
      // To wherever a party says that it receives.
      allowAllOutbound: true,
    });
    group.addIngressRule(
      ec2.Peer.anyIpv4(),
      ec2.Port.udpRange(mediaPorts.first, mediaPorts.last),
      'Media of phones and carriers',
    );
    group.addIngressRule(network.groups.tasks, ec2.Port.udp(contract.ports['ng']?.port ?? 0), 'Commands');
    group.addIngressRule(network.groups.tasks, ec2.Port.tcp(contract.ports['control']?.port ?? 0), 'Sounds and digits');
    // The name of Secrets Manager is that of the endpoint in the whole network.
    network.groups.endpoints?.addIngressRule(group, ec2.Port.tcp(443), 'HTTPS of media relays');
    Validations.of(group).acknowledge({ id: 'AwsSolutions-EC23', reason: 'Phones and carriers send from anywhere' });
    return group;
  }

  #task(props: MediaRelayProps): { readonly task: ecs.FargateTaskDefinition; readonly policy: iam.Policy } {
    const { contract, names } = props;
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `What ${contract.name} may do`,
    });
    const policy = new iam.Policy(this, 'Policy', {
      roles: [role],
      statements: [...grantsFor(Stack.of(this), names, allEffectsOf(contract)), protectionGrant(Stack.of(this), names)],
    });
    acknowledgeTasks(policy, names);
    acknowledgeSecrets(policy);
    acknowledgeObjects(policy, { names, effects: allEffectsOf(contract) });
    const task = new ecs.FargateTaskDefinition(this, 'Task', {
      family: names.function(contract.name),
      cpu: contract.cpu,
      memoryLimitMiB: contract.memory,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      taskRole: role,
    });
    const logGroup = logGroupOf(this, 'Logs', { settings: props.settings, logGroupName: names.logs(contract.name) });
    const container = task.addContainer(contract.name, this.#container(props, logGroup));
    for (const { volume, folder } of [recordings, sounds]) {
      task.addVolume({ name: volume });
      container.addMountPoints({ sourceVolume: volume, containerPath: folder, readOnly: false });
    }
    Validations.of(task).acknowledge(
      { id: 'AwsSolutions-ECS2', reason: 'The environment holds ports' },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'ecr:GetAuthorizationToken has no resource type (Service Authorization Reference)',
      },
    );
    return { task, policy };
  }

  #container(
    { contract, bundles, names, settings }: MediaRelayProps,
    logGroup: logs.LogGroup,
  ): ecs.ContainerDefinitionOptions {
    const live = `fetch('http://127.0.0.1:${contract.ports['health']?.port}/live')`;
    return {
      containerName: contract.name,
      image: ecs.ContainerImage.fromAsset(join(bundles, contract.name), { platform: assets.Platform.LINUX_ARM64 }),
      environment: {
        ...environmentOf(Stack.of(this), { settings, names }, allEffectsOf(contract)),
        AWS_REGION: Stack.of(this).region,
        RECORDING_DIR: recordings.folder,
        SOUND_DIR: sounds.folder,
        ...Object.fromEntries(
          Object.entries(contract.ports).map(([name, { port }]) => [portVariable(name), String(port)]),
        ),
        [metricsVariable]: names.function(contract.name),
        MEDIA_PUBLIC_ADDRESS: 'auto',
        MEDIA_PORTS: `${mediaPorts.first}-${mediaPorts.last}`,
        // Calls go on while the task stops, a little shorter than ECS waits.
        DRAIN_SECONDS: String(contract.stopTimeout - 10),
      },
      logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: contract.name }),
      readonlyRootFilesystem: true,
      user: '65532',
      stopTimeout: Duration.seconds(contract.stopTimeout),
      healthCheck: {
        command: ['CMD', 'node', '-e', `${live}.then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))`],
        startPeriod: Duration.seconds(30),
      },
      portMappings: Object.entries(contract.ports).map(([name, { port, protocol }]) => ({
        name,
        containerPort: port,
        protocol: protocol === 'udp' ? ecs.Protocol.UDP : ecs.Protocol.TCP,
      })),
    };
  }
}
