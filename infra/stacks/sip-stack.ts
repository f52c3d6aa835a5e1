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
import { certificateArnIn, hasCertificate, hasWebSocket } from '../constructs/certificate.ts';
import type { PlatformProps } from '../constructs/platform-function.ts';
import { MediaRelayService, relayAddress, recordings } from '../constructs/media-relay-service.ts';
import { SidecarService, targetOf } from '../constructs/sidecar-service.ts';
import { sipAddressOf, sipHostParameter } from '../constructs/sip-host.ts';
import { SipNetwork, sipPorts } from '../constructs/sip-network.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { advertisedVariables, sipVariables, type SipAddress } from '../sip-address.ts';

type SipProps = StackProps &
  PlatformProps & {
    readonly service: Service;
    /** Deployed if the settings say so. */
    readonly mediaRelay: Service;
    readonly functions: readonly FunctionContract[];
  };
/**
 * Seconds for which the connections of a task go on that takes no new ones: its calls cannot move. By default they end
 * at once (Elastic Load Balancing, "Edit target group attributes for your Network Load Balancer").
 */
const unreadyConnections = 4 * 3_600;
/** Time in which a load balancer still sends the packets of existing flows to a task that is about to stop. */
const deregistration = Duration.seconds(30);

type Balanced = { readonly contract: Service; readonly sidecar: SidecarService };

/**
 * Two load balancers: one cannot listen for UDP and TCP on one port in front of one ECS service. A stage with UDP only
 * has one.
 */
type Balancers = { readonly udp: elb.NetworkLoadBalancer; readonly tcp: elb.NetworkLoadBalancer | undefined };

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
    const hasTcp = settings.sip === 'on';
    const hasTls = hasTcp && hasCertificate(settings);
    const balancers = {
      udp: this.#balancer('Udp', network),
      tcp: hasTcp ? this.#balancer('Tcp', network) : undefined,
    };
    const address = sipAddressOf(settings, () => balancers.udp.loadBalancerDnsName);
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
        ...(hasTls ? { SIP_TLS: 'load-balancer' } : {}),
        ...(settings.mediaRelay
          ? { MEDIA_RELAY: relayAddress(props, mediaRelay), MEDIA_RECORDING: recordings.folder }
          : {}),
      },
    });
    if (settings.mediaRelay)
      void new MediaRelayService(this, { ...props, contract: mediaRelay, network, cluster: sidecar.cluster });
    const certificate = hasTls ? elb.ListenerCertificate.fromArn(certificateArnIn(this, settings, names)) : undefined;
    this.#listen(balancers, { contract, sidecar }, certificate);
    if (certificate !== undefined && hasWebSocket(settings))
      this.#listenForWebSockets(balancers.udp, { contract, sidecar }, certificate);
    this.#names(names, settings, balancers);
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

  #balancer(id: string, { vpc, groups }: SipNetwork): elb.NetworkLoadBalancer {
    const balancer = new elb.NetworkLoadBalancer(this, id, {
      vpc,
      internetFacing: true,
      crossZoneEnabled: true,
      securityGroups: [groups.balancers],
      vpcSubnets: { subnetGroupName: 'public' },
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
  #listen(
    { udp, tcp }: Balancers,
    { contract, sidecar }: Balanced,
    certificate: elb.IListenerCertificate | undefined,
  ): void {
    const forward = (id: string, listener: elb.NetworkListener, portName: string): void => {
      const group = listener.addTargets(`${id}Tasks`, targetGroup({ contract, sidecar }, portName));
      if (portName !== 'sip-udp') keepConnections(group);
    };
    const sipUdp = udp.addListener('SipUdp', { port: sipPorts.udp, protocol: elb.Protocol.UDP });
    forward('SipUdp', sipUdp, 'sip-udp');
    if (tcp === undefined) return;
    const sipTcp = tcp.addListener('SipTcp', { port: sipPorts.tcp, protocol: elb.Protocol.TCP });
    forward('SipTcp', sipTcp, 'sip-tcp');
    if (certificate === undefined) return;
    const sipTls = tcp.addListener('SipTls', {
      port: sipPorts.tls,
      protocol: elb.Protocol.TLS,
      certificates: [certificate],
      sslPolicy: elb.SslPolicy.RECOMMENDED_TLS,
    });
    forward('SipTls', sipTls, 'sip-tls');
  }

  /** At the balancer that the SIP domain names, because browsers know no SRV records. */
  #listenForWebSockets(balancer: elb.NetworkLoadBalancer, balanced: Balanced, certificate: elb.IListenerCertificate) {
    const group = balancer
      .addListener('WebSocket', {
        port: sipPorts.wss,
        protocol: elb.Protocol.TLS,
        certificates: [certificate],
        sslPolicy: elb.SslPolicy.RECOMMENDED_TLS,
      })
      .addTargets('WebSocketTasks', targetGroup(balanced, 'sip-ws'));
    keepConnections(group);
  }

  /** How phones and functions find the balancers. Without a hosted zone, outputs name the records to publish. */
  #names(names: Names, { sipDomain, hostedZoneId }: Settings, balancers: Balancers): void {
    new ssm.StringParameter(this, 'Host', {
      parameterName: sipHostParameter(names),
      stringValue: balancers.udp.loadBalancerDnsName,
      description: 'Where SIP over UDP is reached',
    });
    if (sipDomain === undefined) return;
    for (const [at, { name, value }] of serviceRecords(sipDomain, balancers).entries()) {
      new CfnOutput(this, `Srv${at}`, {
        value: `${name} SRV ${value}`,
        description: 'SIP finds the load balancer by this record',
      });
      if (hostedZoneId !== undefined)
        new route53.CfnRecordSet(this, `SrvRecord${at}`, {
          hostedZoneId,
          name,
          type: 'SRV',
          ttl: '300',
          resourceRecords: [value],
        });
    }
    const { loadBalancerDnsName: dnsName, loadBalancerCanonicalHostedZoneId } = balancers.udp;
    new CfnOutput(this, 'SipTarget', { value: dnsName, description: `Point ${sipDomain} here` });
    if (hostedZoneId !== undefined)
      new route53.CfnRecordSet(this, 'AddressRecord', {
        hostedZoneId,
        name: sipDomain,
        type: 'A',
        aliasTarget: { dnsName, hostedZoneId: loadBalancerCanonicalHostedZoneId },
      });
  }
}

/** One SRV name per transport (RFC 3263 §4). */
const serviceRecords = (domain: string, { udp, tcp }: Balancers): { readonly name: string; readonly value: string }[] =>
  [
    { name: `_sip._udp.${domain}`, port: sipPorts.udp, balancer: udp },
    { name: `_sip._tcp.${domain}`, port: sipPorts.tcp, balancer: tcp },
    { name: `_sips._tcp.${domain}`, port: sipPorts.tls, balancer: tcp },
  ].flatMap(({ name, port, balancer }) =>
    balancer === undefined ? [] : [{ name, value: `10 10 ${port} ${balancer.loadBalancerDnsName}` }],
  );
