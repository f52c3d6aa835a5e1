import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { queuesOf, type Consumer, type FunctionContract, type Resource, type Service } from '#contract/resource.ts';
import { AlarmTopic } from '../constructs/alarm-topic.ts';
import { monthlyBudget } from '../constructs/budget.ts';
import { dashboard } from '../constructs/dashboard.ts';
import { errorWatch, functionWatches, throttleWatch } from '../constructs/function-watches.ts';
import { apiErrors, countSmsHandedOverAgain, invalidResponses, unratedCdrs } from '../constructs/log-watches.ts';
import { queueWatches } from '../constructs/queue-watches.ts';
import { sidecarWatches } from '../constructs/sidecar-watches.ts';
import { tableWatch } from '../constructs/table-watches.ts';
import { raise } from '../constructs/watch.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

type OperationsProps = StackProps & {
  readonly settings: Settings;
  readonly names: Names;
  readonly contracts: readonly FunctionContract[];
  readonly services: readonly Service[];
};

/** Alarms on all other stacks, their topic, and one dashboard. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { settings, names, contracts, services, ...props }: OperationsProps) {
    super(scope, id, props);
    const { topic } = new AlarmTopic(this, 'Alarms', { settings, names });
    const resources = contracts.filter((contract): contract is Resource => contract.kind === 'resource');
    const counted = [apiErrors(this, names), invalidResponses(this, names, resources)];
    const consumerOf = (queue: string): Consumer | undefined =>
      contracts.find((contract): contract is Consumer => contract.kind === 'consumer' && contract.queue === queue);
    const watches = [
      ...counted,
      throttleWatch,
      unratedCdrs(this, names, contracts),
      tableWatch(names),
      ...contracts.flatMap((contract) => functionWatches(names, contract)),
      ...services.flatMap((service) => sidecarWatches(names, service, settings)),
      ...queuesOf(contracts).flatMap((queue) => queueWatches(names, queue, consumerOf(queue))),
    ];
    const chosen = settings.alarms === 'few' ? [errorWatch, ...watches.filter(({ essential }) => essential)] : watches;
    const alarms = chosen.map((watch) => raise(this, names, topic, watch));
    countSmsHandedOverAgain(this, names, contracts);
    monthlyBudget(this, { names, settings });
    dashboard(this, { names, contracts, services, alarms, counted });
    new CfnOutput(this, 'AlarmTopic', { value: topic.topicArn, description: 'Alarms are published here' });
  }
}
