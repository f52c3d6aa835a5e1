import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import {
  Code,
  Function as LambdaFn,
  FilterCriteria,
  FilterRule,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { queueUrl } from '../names.ts';

/** The functions of the small app. They write their events into the file that RECORD names. */
const functions = `
import { appendFileSync } from 'node:fs';
const record = (line) => appendFileSync(process.env.RECORD, JSON.stringify(line) + '\\n');
export const hello = async ({ pathParameters }) => {
  const { PUBLIC_URL: url, QUEUE_URL: queue } = process.env;
  return { statusCode: 200, body: JSON.stringify({ name: pathParameters?.name, url, queue }) };
};
export const consume = async ({ Records }) => {
  record(Records.map(({ body }) => body));
  if (Records.some(({ body }) => body === 'whole batch')) throw new Error('whole batch');
  const poison = Records.filter(({ body }) => body === 'poison');
  return { batchItemFailures: poison.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
let failures = 0;
export const feed = async ({ Records }) => {
  const keys = Records.map(({ dynamodb }) => dynamodb.Keys.PK.S);
  record(keys);
  if (keys.includes('event#fails twice') && (failures += 1) <= 2) throw new Error('not yet');
};
export const tick = async (event) => record(event['detail-type']);
`;

export type SmallApp = { readonly assembly: string; readonly recordOf: (functionName: string) => string };

/** Synthesizes an app of two stacks with one of each kind of resource that the local cloud runs. */
export function synthesizeSmallApp(folder: string): SmallApp {
  const code = join(folder, 'code');
  mkdirSync(code, { recursive: true });
  writeFileSync(join(code, 'index.mjs'), functions);
  const recordOf = (functionName: string): string => join(folder, `${functionName}.jsonl`);
  // Template validation takes three seconds and is not needed here.
  process.env['CDK_VALIDATION'] = 'false';
  const app = new App({ outdir: join(folder, 'assembly') });
  const newFunction = (stack: Stack, name: string, environment: Record<string, string> = {}): LambdaFn =>
    new LambdaFn(stack, name, {
      functionName: name,
      runtime: Runtime.NODEJS_24_X,
      handler: `index.${name}`,
      code: Code.fromAsset(code),
      timeout: Duration.seconds(2),
      memorySize: 256,
      environment: { RECORD: recordOf(name), ...environment },
    });
  dataStack(new Stack(app, 'Data'), newFunction);
  apiStack(new Stack(app, 'Api'), newFunction);
  return { assembly: app.synth().directory, recordOf };
}

type NewFunction = (stack: Stack, name: string, environment?: Record<string, string>) => LambdaFn;

function dataStack(stack: Stack, newFunction: NewFunction): void {
  const table = new Table(stack, 'Table', {
    tableName: 'things',
    partitionKey: { name: 'PK', type: AttributeType.STRING },
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const dead = new Queue(stack, 'Dead', { queueName: 'jobs-dead' });
  const jobs = new Queue(stack, 'Jobs', {
    queueName: 'jobs',
    visibilityTimeout: Duration.seconds(10),
    deadLetterQueue: { queue: dead, maxReceiveCount: 2 },
  });
  newFunction(stack, 'consume').addEventSource(
    new SqsEventSource(jobs, {
      batchSize: 50,
      maxBatchingWindow: Duration.seconds(1),
      reportBatchItemFailures: true,
      maxConcurrency: 2,
    }),
  );
  const onlyEvents = FilterCriteria.filter({ dynamodb: { Keys: { PK: { S: FilterRule.beginsWith('event#') } } } });
  newFunction(stack, 'feed').addEventSource(
    new DynamoEventSource(table as ITable, { startingPosition: StartingPosition.TRIM_HORIZON, filters: [onlyEvents] }),
  );
  new Rule(stack, 'EveryMinute', {
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(newFunction(stack, 'tick'))],
  });
  new CfnOutput(stack, 'JobsQueueUrl', { value: jobs.queueUrl });
  new CfnOutput(stack, 'DeadQueueUrl', { value: dead.queueUrl });
}

/** As in the product, stacks refer to each other by fixed names. */
function apiStack(stack: Stack, newFunction: NewFunction): void {
  const api = new HttpApi(stack, 'Api');
  const hello = newFunction(stack, 'hello', { QUEUE_URL: queueUrl(stack, 'jobs') });
  api.addRoutes({
    path: '/hello/{name}',
    methods: [HttpMethod.GET],
    integration: new HttpLambdaIntegration('Hello', hello.addAlias('live') as IFunction),
  });
  new CfnOutput(stack, 'ApiUrl', { value: api.apiEndpoint });
}
