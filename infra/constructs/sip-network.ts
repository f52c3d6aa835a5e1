import {
  aws_ec2 as ec2,
  aws_logs as logs,
  aws_ssm as ssm,
  CfnOutput,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { allEffectsOf } from '#contract/pipeline-effects.ts';
import { effectsOf, type FunctionContract, type Service } from '#contract/resource.ts';
import type { Names } from '../names.ts';
import { maxZones, type Settings } from '../settings.ts';
import { hasWebSocket } from './certificate.ts';

export type SipNetworkProps = {
  readonly settings: Settings;
  readonly names: Names;
  readonly service: Service;
  readonly functions: readonly FunctionContract[];
};

type Groups = Readonly<Record<'balancers' | 'tasks' | 'functions', ec2.SecurityGroup>>;

/** Zones of tasks, balancers and endpoints: a single task uses one. */
const zonesOf = ({ sipTasks }: Settings): number => Math.min(sipTasks, maxZones);

/** Ports of SIP on the load balancers (RFC 3261 §19.1.2), and of WebSockets over TLS. */
export const sipPorts = { udp: 5_060, tcp: 5_060, tls: 5_061, wss: 443 } as const;

/** Names of the parameters through which other stacks find the network: exports would lock it. */
export const networkParameters = (names: Names) => ({
  subnets: Array.from({ length: maxZones }, (_, zone) => names.parameter(`function-subnet-${zone + 1}`)),
  securityGroup: names.parameter('function-security-group'),
});

/** Whether a function calls a service's control interface, and so runs in the network. */
export const isInside = (contract: FunctionContract): boolean =>
  effectsOf(contract).some(({ kind }) => kind === 'asks');

/**
 * The network of the SIP sidecar, of its load balancers, and of the functions that call it. Tasks send from public
 * addresses of their own, or through NAT gateways with fixed addresses. Functions reach AWS through endpoints, and
 * nothing else.
 */
export class SipNetwork extends Construct {
  readonly vpc: ec2.IVpc;
  readonly publicSubnets: ec2.SubnetSelection;
  readonly taskSubnets: ec2.SubnetSelection;
  /** Security groups of the load balancers, the tasks, the functions, and the endpoints of AWS if there are any. */
  readonly groups: Groups & { readonly endpoints: ec2.SecurityGroup | undefined };

  constructor(scope: Construct, id: string, props: SipNetworkProps) {
    super(scope, id);
    const isNat = props.settings.sipEgress === 'nat';
    const tasks = { name: 'tasks', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 };
    const zones = zonesOf(props.settings);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      // Subnets are free, and functions use those of both zones: none has to be deleted when `sipTasks` becomes 1.
      ...(props.settings.zones.length === 0
        ? { maxAzs: maxZones }
        : // The first zones of a region may lack Fargate.
          { availabilityZones: [...props.settings.zones] }),
      natGateways: isNat ? zones : 0,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 },
        { name: 'functions', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
        ...(isNat ? [tasks] : []),
      ],
      // The default group is unused; closing it would need a custom resource.
      restrictDefaultSecurityGroup: false,
    });
    // The library's own types disagree under exactOptionalPropertyTypes.
    this.vpc = vpc as ec2.IVpc;
    this.publicSubnets = this.#used('public', zones);
    this.taskSubnets = this.#used(isNat ? 'tasks' : 'public', zones);
    const groups = this.#groups(props);
    const endpointSubnets = this.#used('functions', zones);
    this.groups = { ...groups, endpoints: this.#endpoints(props.functions.filter(isInside), groups, endpointSubnets) };
    this.#flowLogs(props.settings);
    this.#parameters(props.names);
    if (isNat) this.#natAddresses();
  }

  /** The subnets of a group in the first zones. */
  readonly #used = (subnetGroupName: string, zones: number): ec2.SubnetSelection => ({
    subnets: this.vpc.selectSubnets({ subnetGroupName }).subnets.slice(0, zones),
  });

  /** Allowed connections. A task sends SIP to any address that a tenant configures, so its egress is open. */
  #groups({ service, settings }: SipNetworkProps): Groups {
    const group = (id: string, description: string, allowAllOutbound: boolean): ec2.SecurityGroup =>
      new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound });
    const balancers = group('BalancerGroup', 'SIP load balancers', false);
    const tasks = group('TaskGroup', 'SIP sidecar tasks', true);
    const functions = group('FunctionGroup', 'Functions that ask the SIP sidecar', false);
    balancers.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.udp(sipPorts.udp), 'SIP over UDP');
    if (settings.sip === 'on') {
      balancers.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(sipPorts.tcp), 'SIP over TCP');
      balancers.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(sipPorts.tls), 'SIP over TLS');
    }
    if (hasWebSocket(settings))
      balancers.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(sipPorts.wss), 'WebSocket over TLS');
    Validations.of(balancers).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'Phones and trunks register from anywhere',
    });
    const { control, ...reached } = service.ports;
    for (const [name, { port, protocol }] of Object.entries(reached)) {
      const opened = protocol === 'udp' ? ec2.Port.udp(port) : ec2.Port.tcp(port);
      tasks.addIngressRule(balancers, opened, name);
      balancers.addEgressRule(tasks, opened, name);
    }
    if (control !== undefined)
      for (const asking of [functions, tasks]) tasks.addIngressRule(asking, ec2.Port.tcp(control.port), 'control');
    if (control !== undefined) functions.addEgressRule(tasks, ec2.Port.tcp(control.port), 'control');
    // Their subnets have routes to AWS's endpoints only.
    functions.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS endpoints');
    return { balancers, tasks, functions };
  }

  #flowLogs({ logRetentionDays }: Settings): void {
    const logGroup = new logs.LogGroup(this, 'FlowLogs', {
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.vpc.addFlowLog('Refused', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
  }

  /** Endpoints of the AWS services that functions in the network use. @returns the group of those with addresses */
  #endpoints(
    inside: readonly FunctionContract[],
    { functions, tasks }: Groups,
    subnets: ec2.SubnetSelection,
  ): ec2.SecurityGroup | undefined {
    this.vpc.addGatewayEndpoint('DynamoDb', { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
    if (inside.length === 0) return undefined;
    const kinds = new Set(inside.flatMap(allEffectsOf).map(({ kind }) => kind));
    const usesQueues = kinds.has('sends') || kinds.has('measures');
    const services = {
      SecretsManager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      ...(usesQueues ? { Sqs: ec2.InterfaceVpcEndpointAwsService.SQS } : {}),
    };
    const group = new ec2.SecurityGroup(this, 'EndpointGroup', {
      vpc: this.vpc,
      description: 'AWS endpoints',
      allowAllOutbound: false,
    });
    for (const asking of [functions, tasks]) group.addIngressRule(asking, ec2.Port.tcp(443), 'HTTPS');
    for (const [name, service] of Object.entries(services))
      this.vpc.addInterfaceEndpoint(name, {
        service,
        subnets,
        securityGroups: [group],
        open: false,
      });
    return group;
  }

  #parameters(names: Names): void {
    const wanted = networkParameters(names);
    const values = [
      ...this.vpc.selectSubnets({ subnetGroupName: 'functions' }).subnetIds,
      this.groups.functions.securityGroupId,
    ];
    for (const [at, parameterName] of [...wanted.subnets, wanted.securityGroup].entries())
      new ssm.StringParameter(this, `Parameter${at}`, {
        parameterName,
        stringValue: values[at] ?? '',
        description: 'Where functions that ask the SIP sidecar run',
      });
  }

  #natAddresses(): void {
    const addresses = this.node
      .findAll()
      .filter((each): each is ec2.CfnEIP => each instanceof ec2.CfnEIP)
      .map(({ attrPublicIp }) => attrPublicIp);
    new CfnOutput(Stack.of(this), 'SipEgressAddresses', {
      value: addresses.join(','),
      description: 'Carriers with allow-lists let these in',
    });
  }
}
