import { aws_logs as logs, Stack } from 'aws-cdk-lib';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import type { PlatformFunction } from './platform-function.ts';

/**
 * Invokes a function with the delivery logs of SNS about SMS. SNS makes the log groups with the first delivery of each
 * kind, once delivery logging is switched on for the account (functions/messaging/README.md, "Providers").
 */
export function readsDeliveryLogs(of: PlatformFunction): void {
  const { region, account } = Stack.of(of);
  const group = `sns/${region}/${account}/DirectPublishToPhoneNumber`;
  for (const [id, name] of Object.entries({ Delivered: group, Failed: `${group}/Failure` }))
    new logs.SubscriptionFilter(of, `${id}Log`, {
      logGroup: logs.LogGroup.fromLogGroupName(of, `${id}LogGroup`, name),
      destination: new LambdaDestination(of.lambda),
      filterPattern: logs.FilterPattern.exists('$.notification.messageId'),
    });
}
