import {
  aws_certificatemanager as acm,
  aws_elasticloadbalancingv2 as elb,
  aws_route53 as route53,
  CfnOutput,
  Duration,
  Stack,
  Validations,
  type StackProps,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FunctionContract, Service } from '../../shared/contract/resource.ts';
import type { PlatformProps } from '../constructs/platform-function.ts';
import { SidecarService, targetOf } from '../constructs/sidecar-service.ts';
import { SipNetwork, sipPorts } from '../constructs/sip-network.ts';

type SipProps = StackProps &
  PlatformProps & { readonly service: Service; readonly functions: readonly FunctionContract[] };
/** Time in which a load balancer still sends the packets of existing flows to a task that is about to stop. */
const deregistration = Duration.seconds(30);

type Balanced = { readonly contract: Service; readonly sidecar: SidecarService };

/** Two load balancers: one cannot listen for UDP and TCP on one port in front of one ECS service. */
type Balancers = { readonly udp: elb.NetworkLoadBalancer; readonly tcp: elb.NetworkLoadBalancer };

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

/**
 * The SIP sidecar: its network, its tasks, and the load balancers through which phones, trunks and gateways reach them.
 */
export class SipStack extends Stack {
  constructor(scope: Construct, id: string, props: SipProps) {
    super(scope, id, props);
    const { settings, names, bundles, service: contract, functions } = props;
    const network = new SipNetwork(this, 'Network', { settings, names, service: contract, functions });
    const balancers = { udp: this.#balancer('Udp', network), tcp: this.#balancer('Tcp', network) };
    const hasTls = settings.domain !== undefined;
    const sidecar = new SidecarService(this, {
      settings,
      names,
      bundles,
      contract,
      network,
      environment: {
        SIP_ADVERTISED_HOST: settings.domain ?? balancers.udp.loadBalancerDnsName,
        SIP_ADVERTISED_PORT: String(sipPorts.udp),
        DRAIN_SECONDS: String(deregistration.toSeconds()),
        ...(hasTls ? { SIP_TLS: 'load-balancer' } : {}),
      },
    });
    this.#listen(
      balancers,
      { contract, sidecar },
      settings.domain === undefined ? undefined : this.#certificate(settings.domain),
    );
    if (settings.domain !== undefined) this.#records(settings.domain, settings.hostedZoneId, balancers);
    new CfnOutput(this, 'SipAddress', {
      value: settings.domain ?? `${balancers.udp.loadBalancerDnsName}:${sipPorts.udp}`,
      description: 'Where phones register',
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

  #certificate(domain: string): elb.IListenerCertificate {
    return elb.ListenerCertificate.fromCertificateManager(
      new acm.Certificate(this, 'Certificate', { domainName: domain, validation: acm.CertificateValidation.fromDns() }),
    );
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
    const forward = (id: string, listener: elb.NetworkListener, portName: string): void =>
      void listener.addTargets(`${id}Tasks`, targetGroup({ contract, sidecar }, portName));
    const sipUdp = udp.addListener('SipUdp', { port: sipPorts.udp, protocol: elb.Protocol.UDP });
    forward('SipUdp', sipUdp, 'sip-udp');
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

  /** One SRV name per transport (RFC 3263 §4). Without a hosted zone, outputs say what to publish. */
  #records(domain: string, hostedZoneId: string | undefined, { udp, tcp }: Balancers): void {
    const records = [
      { name: `_sip._udp.${domain}`, port: sipPorts.udp, balancer: udp },
      { name: `_sip._tcp.${domain}`, port: sipPorts.tcp, balancer: tcp },
      { name: `_sips._tcp.${domain}`, port: sipPorts.tls, balancer: tcp },
    ];
    for (const [at, { name, port, balancer }] of records.entries()) {
      const value = `10 10 ${port} ${balancer.loadBalancerDnsName}`;
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
  }
}
