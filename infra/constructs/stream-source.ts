import { aws_iam as iam, aws_lambda as lambda, Fn, Validations } from 'aws-cdk-lib';
import type { Feed } from '#contract/resource.ts';
import { stackName } from '../names.ts';
import type { Settings } from '../settings.ts';
import type { PlatformFunction } from './platform-function.ts';

/**
 * Output of the data stack with the ARN of the table's stream, which DynamoDB generates. The feed is in a stack of its
 * area, as nothing may be created after the table in the table's stack. It reads the output when its own stack is
 * created or updated; unlike an import, this does not lock it (CloudFormation, "Fn::GetStackOutput").
 */
export const streamOutput = 'TableStream';

/** Lets a feed read the table's stream: new items of its entities only. */
export function readsStream(
  of: PlatformFunction,
  { contract, settings }: { readonly contract: Feed; readonly settings: Settings },
): void {
  const eventSourceArn = Fn.getStackOutput(stackName(settings.stage, 'data'), streamOutput);
  of.lambda.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [eventSourceArn],
    }),
  );
  of.lambda.addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }));
  Validations.of(of).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'dynamodb:ListStreams has no resource type (Service Authorization Reference)',
  });
  new lambda.CfnEventSourceMapping(of, 'Stream', {
    functionName: of.lambda.functionName,
    eventSourceArn,
    startingPosition: 'TRIM_HORIZON',
    batchSize: 100,
    maximumRetryAttempts: 5,
    functionResponseTypes: ['ReportBatchItemFailures'],
    filterCriteria: {
      filters: contract.entities.map((entity) => ({
        pattern: JSON.stringify({
          eventName: ['INSERT'],
          dynamodb: { Keys: { PK: { S: [{ prefix: `${entity}#` }] } } },
        }),
      })),
    },
  }).node.addDependency(of.lambda);
}
