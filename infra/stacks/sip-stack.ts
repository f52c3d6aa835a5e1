import {
  aws_elasticloadbalancingv2 as elb,
  aws_route53 as route53,
  aws_ssm as ssm,
  CfnOutput,
  Duration,
  Stack,
  Validations,
  type StackProps,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FunctionContract, Service } from '#contract/resource.ts';
import { srvRecords } from '#schema/srv-records.ts';
import { nameBalancers } from '../constructs/balancer-watches.ts';
import { certificateArnIn, hasTls, hasWebSocket } from '../constructs/certificate.ts';
import type { PlatformProps } from '../constructs/platform-function.ts';
import { MediaRelayService, relaySources, recordings } from '../constructs/media-relay-service.ts';
import { SidecarService, targetOf } from '../constructs/sidecar-service.ts';
import { sipAddressOf, sipHostParameters } from '../constructs/sip-host.ts';
import { SipNetwork, sipPorts } from '../constructs/sip-network.ts';
import { advertisedVariables, sipVariables, type SipAddress } from '../sip-address.ts';

type SipProps = StackProps &
  PlatformProps & {
    readonly service: Service;
    /** Deployed if the settings say so. */
    readonly mediaRelay: Service;
    readonly functions: readonly FunctionContract[];
  };
/**
 * Seconds for which the connections of a task go on that fails its health check: it may only be slow, and Amazon ECS
 * needs this time to replace it. By default they end at once (Elastic Load Balancing, "Edit target group attributes for
 * your Network Load Balancer"). A task that gives its work away passes the check (`healthHandler` of the sidecar).
 */
const unreadyConnections = 300;
/** Time in which a load balancer still sends the packets of existing flows to a task that is about to stop. */
const deregistration = Duration.seconds(30);

type Balanced = { readonly contract: Service; readonly sidecar: SidecarService };

/**
 * Two load balancers: one cannot listen for UDP and TCP on one port in front of one ECS service. The main one is that
 * of the SIP domain: UDP, TLS and WebSockets. A stage with UDP only has no other.
 */
type Balancers = { readonly main: elb.NetworkLoadBalancer; readonly tcp: elb.NetworkLoadBalancer | undefined };

/** Groups of targets, by the port of the tasks. */
type Targets = readonly (readonly [port: string, group: elb.NetworkTargetGroup])[];

/** The targets of a listener: the tasks' container port of that name. */
function targetGroup({ contract, sidecar }: Balanced, portName: string): elb.AddNetworkTargetsProps {
  const { port = 0, protocol = 'tcp' } = contract.ports[portName] ?? {};
  return {
    port,
    protocol: protocol === 'udp' ? elb.Protocol.UDP : elb.Protocol.TCP,
    targets: [targetOf(sidecar, contract, portName)],
    preserveClientIp: true,
    deregistrationDelay: deregistration,
    healthCheck: {
      protocol: elb.Protocol.HTTP,
      port: String(contract.ports['health']?.port),
      path: '/ready',
      interval: Duration.seconds(10),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 2,
    },
  };
}

function keepConnections(group: elb.NetworkTargetGroup): void {
  group.setAttribute('target_health_state.unhealthy.connection_termination.enabled', 'false');
  group.setAttribute('target_health_state.unhealthy.draining_interval_seconds', String(unreadyConnections));
}

/**
 * The SIP sidecar: its network, its tasks, the load balancers through which phones, trunks and gateways reach them, and
 * its media relays.
 */
export class SipStack extends Stack {
  constructor(scope: Construct, id: string, props: SipProps) {
    super(scope, id, props);
    const { settings, names, bundles, service: contract, mediaRelay, functions } = props;
    const network = new SipNetwork(this, 'Network', { settings, names, service: contract, functions });
    const main = this.#balancer('Udp', network);
    const tcp = settings.sip === 'on' ? this.#balancer('Tcp', network) : undefined;
    const address = sipAddressOf(settings, {
      main: () => main.loadBalancerDnsName,
      tcp: () => tcp?.loadBalancerDnsName ?? '',
    });
    const sidecar = new SidecarService(this, {
      settings,
      names,
      bundles,
      contract,
      network,
      environment: {
        ...sipVariables(address),
        ...advertisedVariables(address),
        DRAIN_SECONDS: String(deregistration.toSeconds()),
        ...(hasTls(settings) ? { SIP_TLS: 'load-balancer' } : {}),
        ...(settings.sipClientCertificate === undefined
          ? {}
          : { SIP_CLIENT_CERTIFICATE_SECRET: settings.sipClientCertificate }),
        ...(settings.mediaRelay
          ? { MEDIA_RELAY: relaySources(props, mediaRelay), MEDIA_RECORDING: recordings.folder }
          : {}),
      },
    });
    if (settings.mediaRelay)
      void new MediaRelayService(this, { ...props, contract: mediaRelay, network, cluster: sidecar.cluster });
    const targets = new Map([
      ...this.#listen({ main, tcp }, { contract, sidecar }),
      ...(hasTls(settings) ? this.#listenForTls(main, { contract, sidecar }, props) : []),
    ]);
    nameBalancers(this, names, { balancers: { main, ...(tcp === undefined ? {} : { tcp }) }, targets });
    this.#publish(props, { main, tcp }, address);
    this.#addresses(address);
  }

  #addresses({ host, port, webSocketUrl }: SipAddress): void {
    new CfnOutput(this, 'SipAddress', { value: `${host}:${port}`, description: 'Where phones register' });
    if (webSocketUrl !== undefined)
      new CfnOutput(this, 'WebSocketUrl', {
        value: webSocketUrl,
        description: 'Where browser phones register, and events are read',
      });
  }

  #balancer(id: string, { vpc, groups, publicSubnets }: SipNetwork): elb.NetworkLoadBalancer {
    const balancer = new elb.NetworkLoadBalancer(this, id, {
      vpc,
      internetFacing: true,
      crossZoneEnabled: true,
      securityGroups: [groups.balancers],
      vpcSubnets: publicSubnets,
      ipAddressType: elb.IpAddressType.IPV4,
    });
    Validations.of(balancer).acknowledge({
      id: 'AwsSolutions-ELB2',
      reason: 'A network load balancer logs TLS listeners only; the tasks log their requests',
    });
    return balancer;
  }

  /**
   * One container port per transport. Tasks see the client's own address: registrations, trunks and limits depend on
   * it.
   */
  #listen({ main, tcp }: Balancers, balanced: Balanced): Targets {
    const udpGroup = main
      .addListener('SipUdp', { port: sipPorts.udp, protocol: elb.Protocol.UDP })
      .addTargets('SipUdpTasks', targetGroup(balanced, 'sip-udp'));
    const tcpGroup = tcp
      ?.addListener('SipTcp', { port: sipPorts.tcp, protocol: elb.Protocol.TCP })
      .addTargets('SipTcpTasks', targetGroup(balanced, 'sip-tcp'));
    if (tcpGroup === undefined) return [['sip-udp', udpGroup]];
    keepConnections(tcpGroup);
    return [
      ['sip-udp', udpGroup],
      ['sip-tcp', tcpGroup],
    ];
  }

  /** At the balancer that the SIP domain names, as browsers and many phones know no SRV records. */
  #listenForTls(main: elb.NetworkLoadBalancer, balanced: Balanced, { settings, names }: SipProps): Targets {
    const certificate = elb.ListenerCertificate.fromArn(certificateArnIn(this, settings, names));
    const listen = (id: string, port: number, portName: string): Targets => {
      const listener = main.addListener(id, {
        port,
        protocol: elb.Protocol.TLS,
        certificates: [certificate],
        sslPolicy: elb.SslPolicy.RECOMMENDED_TLS,
      });
      const group = listener.addTargets(`${id}Tasks`, targetGroup(balanced, portName));
      keepConnections(group);
      return [[portName, group]];
    };
    return [
      ...listen('SipTls', sipPorts.tls, 'sip-tls'),
      ...(hasWebSocket(settings) ? listen('WebSocket', sipPorts.wss, 'sip-ws') : []),
    ];
  }

  /** How phones and functions find the balancers. Without a hosted zone, outputs name the records to publish. */
  #publish({ names, settings }: SipProps, { main, tcp }: Balancers, address: SipAddress): void {
    const parameters = sipHostParameters(names);
    void new ssm.StringParameter(this, 'Host', {
      parameterName: parameters.main,
      stringValue: main.loadBalancerDnsName,
      description: 'Where SIP over UDP is reached',
    });
    if (tcp !== undefined)
      void new ssm.StringParameter(this, 'TcpHost', {
        parameterName: parameters.tcp,
        stringValue: tcp.loadBalancerDnsName,
        description: 'Where SIP over TCP is reached',
      });
    const { sipDomain, hostedZoneId } = settings;
    if (sipDomain === undefined) return;
    for (const [at, { name, value }] of srvRecords(sipDomain, {
      udp: address,
      tcp: address.tcp,
      tls: address.tls,
    }).entries()) {
      void new CfnOutput(this, `Srv${at}`, {
        value: `${name} SRV ${value}`,
        description: 'SIP finds the load balancer by this record',
      });
      if (hostedZoneId !== undefined)
        void new route53.CfnRecordSet(this, `SrvRecord${at}`, {
          hostedZoneId,
          name,
          type: 'SRV',
          ttl: '300',
          resourceRecords: [value],
        });
    }
    this.#point('', sipDomain, { balancer: main, hostedZoneId });
    if (tcp !== undefined && address.tcp !== undefined)
      this.#point('Tcp', address.tcp.host, { balancer: tcp, hostedZoneId });
  }

  /** The address record of a name. */
  #point(id: string, name: string, { balancer, hostedZoneId }: Pointed): void {
    const { loadBalancerDnsName: dnsName, loadBalancerCanonicalHostedZoneId } = balancer;
    void new CfnOutput(this, `Sip${id}Target`, { value: dnsName, description: `Point ${name} here` });
    if (hostedZoneId !== undefined)
      void new route53.CfnRecordSet(this, `${id}AddressRecord`, {
        hostedZoneId,
        name,
        type: 'A',
        aliasTarget: { dnsName, hostedZoneId: loadBalancerCanonicalHostedZoneId },
      });
  }
}

type Pointed = { readonly balancer: elb.NetworkLoadBalancer; readonly hostedZoneId: string | undefined };
