import { aws_cloudwatch as cloudwatch, aws_ssm as ssm, type aws_elasticloadbalancingv2 as elb } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { hasTls, hasWebSocket } from './certificate.ts';
import { period, type Watch } from './watch.ts';

/** Connections within a period that a balancer resets; single ones are clients that return after an idle time. */
const resets = 100;
/** Consecutive periods, as tasks of a deployment are unhealthy until they are ready. */
const periods = 3;

/** A balancer by its name in the parameters, with the ports of the tasks that it sends to. */
type Balancer = { readonly name: 'main' | 'tcp'; readonly ports: readonly string[] };

/** The balancers of a stage. */
function balancersOf(settings: Settings): Balancer[] {
  if (settings.sip === 'off') return [];
  const ports = ['sip-udp', ...(hasTls(settings) ? ['sip-tls'] : []), ...(hasWebSocket(settings) ? ['sip-ws'] : [])];
  return [{ name: 'main', ports }, ...(settings.sip === 'on' ? [{ name: 'tcp' as const, ports: ['sip-tcp'] }] : [])];
}

const balancerParameter = (names: Names, balancer: string): string => names.parameter(`balancer-${balancer}`);
const targetsParameter = (names: Names, port: string): string => names.parameter(`balancer-targets-${port}`);

type Declared = {
  readonly balancers: Readonly<Partial<Record<Balancer['name'], elb.NetworkLoadBalancer>>>;
  /** By the port of the tasks. */
  readonly targets: ReadonlyMap<string, elb.NetworkTargetGroup>;
};

/** Parameters with the names by which CloudWatch knows the balancers and their targets. */
export function nameBalancers(scope: Construct, names: Names, { balancers, targets }: Declared): void {
  for (const [balancer, of] of Object.entries(balancers))
    void new ssm.StringParameter(scope, `Balancer-${balancer}`, {
      parameterName: balancerParameter(names, balancer),
      stringValue: of.loadBalancerFullName,
      description: 'Name of the load balancer in its metrics',
    });
  for (const [port, of] of targets)
    void new ssm.StringParameter(scope, `Targets-${port}`, {
      parameterName: targetsParameter(names, port),
      stringValue: of.targetGroupFullName,
      description: 'Name of the targets of a load balancer in their metrics',
    });
}

/** The alarms of the balancers, which are found by the parameters. */
export function balancerWatches(scope: Construct, names: Names, settings: Settings): Watch[] {
  const valueOf = (parameter: string): string => ssm.StringParameter.valueForStringParameter(scope, parameter);
  return balancersOf(settings).flatMap(({ name, ports }) => {
    const balancer = valueOf(balancerParameter(names, name));
    const metric = (metricName: string, statistic: string, of: Readonly<Record<string, string>> = {}) =>
      new cloudwatch.Metric({
        namespace: 'AWS/NetworkELB',
        metricName,
        statistic,
        period,
        dimensionsMap: { LoadBalancer: balancer, ...of },
      });
    const { SUM, MAXIMUM } = cloudwatch.Stats;
    const hasConnections = ports.some((port) => port !== 'sip-udp');
    return [
      ...ports.map((port): Watch => ({
        name: `${port}-unhealthy`,
        runbook: 'Unhealthy tasks',
        metric: metric('UnHealthyHostCount', MAXIMUM, { TargetGroup: valueOf(targetsParameter(names, port)) }),
        threshold: 1,
        periods,
      })),
      {
        name: `balancer-${name}-ports`,
        runbook: 'Failing balancer' as const,
        metric: metric('PortAllocationErrorCount', SUM),
        threshold: 1,
      },
      ...(hasConnections
        ? [
            {
              name: `balancer-${name}-resets`,
              runbook: 'Failing balancer' as const,
              metric: metric('TCP_ELB_Reset_Count', SUM),
              threshold: resets,
              periods,
            },
          ]
        : []),
    ];
  });
}
