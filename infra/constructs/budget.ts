import { aws_budgets as budgets } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

/** Percent of the budget that is spent, or that the month will have cost at its present rate. */
const warnings = { ACTUAL: 80, FORECASTED: 100 } as const;

/** An e-mail before the account spends more than its budget in a month; none without an address. */
export function monthlyBudget(
  scope: Construct,
  { names, settings }: { readonly names: Names; readonly settings: Settings },
): void {
  if (settings.alarmEmail === undefined) return;
  const subscribers = [{ subscriptionType: 'EMAIL', address: settings.alarmEmail }];
  new budgets.CfnBudget(scope, 'Budget', {
    budget: {
      budgetName: names.function('budget'),
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: settings.monthlyBudget, unit: 'USD' },
    },
    notificationsWithSubscribers: Object.entries(warnings).map(([notificationType, threshold]) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
      subscribers,
    })),
  });
}
