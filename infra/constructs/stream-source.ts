import { aws_iam as iam, aws_lambda as lambda, aws_ssm as ssm, Validations } from 'aws-cdk-lib';
import type { Feed } from '#contract/resource.ts';
import type { Names } from '../names.ts';
import type { PlatformFunction } from './platform-function.ts';

/**
 * Name of the parameter with the ARN of the table's stream, which DynamoDB generates. The feed is in a stack of its
 * area, as nothing may be created after the table in the table's stack.
 */
export const streamParameter = (names: Names): string => names.parameter('table-stream');

/** Lets a feed read the table's stream: new items of its entities only. */
export function readsStream(
  of: PlatformFunction,
  { contract, names }: { readonly contract: Feed; readonly names: Names },
): void {
  const eventSourceArn = ssm.StringParameter.valueForStringParameter(of, streamParameter(names));
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
