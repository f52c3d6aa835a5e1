import { aws_budgets as budgets, aws_cloudwatch as cloudwatch, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type Consumer, type FunctionContract, queuesOf, type Service } from '#contract/resource.ts';
import { AlarmTopic } from '../constructs/alarm-topic.ts';
import { Backups } from '../constructs/backups.ts';
import { dashboard } from '../constructs/dashboard.ts';
import { errorWatch, functionWatches, throttleWatch } from '../constructs/function-watches.ts';
import {
  apiErrors,
  countSmsHandedOverAgain,
  invalidResponses,
  lateTimers,
  unratedCdrs,
} from '../constructs/log-watches.ts';
import { relaysOf } from '../constructs/media-relay-service.ts';
import { objectiveNames } from '../constructs/objectives.ts';
import { queueWatches } from '../constructs/queue-watches.ts';
import { relayWatches, sidecarWatches } from '../constructs/sidecar-watches.ts';
import { tableWatch } from '../constructs/table-watches.ts';
import { raise } from '../constructs/watch.ts';
import { priceList } from '../cost/cost.ts';
import { budgetFor, expectedMonth } from '../cost/expected.ts';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';
import { platformSecrets } from './data-stack.ts';

type OperationsProps = StackProps & {
  readonly settings: Settings;
  readonly names: Names;
  readonly contracts: readonly FunctionContract[];
  readonly services: readonly Service[];
};

/** Alarms on all other stacks, their topic, one dashboard, and the backups of data. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { settings, names, contracts, services, ...props }: OperationsProps) {
    super(scope, id, props);
    const { topic } = new AlarmTopic(this, 'Alarms', { settings, names });
    const counted = [apiErrors(this, names), invalidResponses(names)];
    const consumerOf = (queue: string): Consumer | undefined =>
      contracts.find((contract): contract is Consumer => contract.kind === 'consumer' && contract.queue === queue);
    const watches = [
      ...counted,
      throttleWatch,
      unratedCdrs(this, names, contracts),
      lateTimers(this, names, contracts),
      tableWatch(names),
      ...contracts.flatMap((contract) => functionWatches(names, contract)),
      ...services.flatMap((service) => sidecarWatches(names, service, settings)),
      ...(settings.mediaRelay ? relayWatches(names, settings) : []),
      ...queuesOf(contracts).flatMap((queue) => queueWatches(names, queue, consumerOf(queue))),
    ];
    const chosen = settings.alarms === 'few' ? [errorWatch, ...watches.filter(({ essential }) => essential)] : watches;
    const alarms = [
      ...chosen.map((watch) => raise(this, watch, { names, topic })),
      ...(settings.alarms === 'few'
        ? []
        : objectiveNames.map((name) => cloudwatch.Alarm.fromAlarmName(this, name, names.function(name)))),
    ];
    countSmsHandedOverAgain(this, names, contracts);
    monthlyBudget(this, { names, settings, contracts, alarms: alarms.length });
    if (!settings.ephemeral) void new Backups(this, 'Backups', { names, settings });
    dashboard(this, {
      ...{ names, contracts, services, alarms, counted },
      hasRelays: settings.mediaRelay,
      extent: settings.alarms,
    });
    new CfnOutput(this, 'AlarmTopic', { value: topic.topicArn, description: 'Alarms are published here' });
  }
}

/** Percent of the budget that is spent, or that the month will have cost at its present rate. */
const warnings = { ACTUAL: 80, FORECASTED: 100 } as const;

/** The budget of a stage that names none. */
const expectedBudget = (
  settings: Settings,
  { contracts, alarms }: Pick<OperationsProps, 'contracts'> & { readonly alarms: number },
): number => {
  const objectives = settings.alarms === 'few' ? 0 : objectiveNames.length;
  return budgetFor(
    expectedMonth(
      settings,
      {
        ...{ alarms: alarms - objectives, objectives },
        ...{ queues: queuesOf(contracts).length, secrets: platformSecrets.length, relays: relaysOf({ settings }) },
      },
      priceList(),
    ),
  );
};

/** An e-mail before the account spends more than its budget in a month; none without an address. */
function monthlyBudget(
  scope: Construct,
  {
    names,
    settings,
    ...stage
  }: Pick<OperationsProps, 'names' | 'settings' | 'contracts'> & { readonly alarms: number },
): void {
  if (settings.alarmEmail === undefined) return;
  const subscribers = [{ subscriptionType: 'EMAIL', address: settings.alarmEmail }];
  new budgets.CfnBudget(scope, 'Budget', {
    budget: {
      budgetName: names.function('budget'),
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: settings.monthlyBudget ?? expectedBudget(settings, stage), unit: 'USD' },
    },
    notificationsWithSubscribers: Object.entries(warnings).map(([notificationType, threshold]) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
      subscribers,
    })),
  });
}
