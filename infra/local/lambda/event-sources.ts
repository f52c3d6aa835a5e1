import { setTimeout as pause } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsEndpoint } from '../aws/aws-endpoint.ts';
import { LocalCloudError, isObject, pseudoParameters, type CloudResource } from '../templates/resource.ts';
import type { Lambdas } from './lambda.ts';
import { consumeQueue } from './queue-source.ts';
import { consumeStream } from './stream-source.ts';

/** `FilterCriteria` of an event source mapping: a record passes if one of the patterns matches it. */
type FilterCriteria = { readonly Filters?: readonly { readonly Pattern?: unknown }[] };

type Test = (value: unknown) => boolean;

const isLiteral = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** Comparison operators by their names in a pattern. */
const operators: Readonly<Record<string, (operand: unknown) => Test>> = {
  prefix: (operand) => (value) => typeof value === 'string' && value.startsWith(String(operand)),
  exists: (operand) => (value) => (value !== undefined) === operand,
  'anything-but': (operand) => {
    const excluded = [operand].flat().map(compileCondition);
    return (value) => value !== undefined && !excluded.some((test) => test(value));
  },
};

/**
 * Compiles filter criteria into one test.
 *
 * @throws LocalCloudError naming a comparison that it does not know
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function compileFilter({ Filters = [] }: FilterCriteria = {}): (record: unknown) => boolean {
  const tests = Filters.map(({ Pattern }) =>
    compilePattern(typeof Pattern === 'string' ? JSON.parse(Pattern) : Pattern),
  );
  return (record) => tests.length === 0 || tests.some((test) => test(record));
}

/** An object matches if all of its keys do; a list matches if one of its conditions does. */
function compilePattern(pattern: unknown): Test {
  if (Array.isArray(pattern)) {
    const conditions = pattern.map(compileCondition);
    return (value) => conditions.some((test) => test(value));
  }
  if (!isObject(pattern))
    throw new LocalCloudError(`The filter pattern ${JSON.stringify(pattern)} is neither an object nor a list.`);
  const tests = Object.entries(pattern).map(([key, inner]) => [key, compilePattern(inner)] as const);
  return (value) => tests.every(([key, test]) => test(isObject(value) ? value[key] : undefined));
}

function compileCondition(condition: unknown): Test {
  if (isLiteral(condition)) return (value) => value === condition;
  const [name = '', operand] = isObject(condition) ? (Object.entries(condition)[0] ?? []) : [];
  const operator = operators[name];
  if (!operator)
    throw new LocalCloudError(`The filter condition ${JSON.stringify(condition)} is unknown to the local cloud.`);
  return operator(operand);
}

type MappingProperties = {
  readonly FunctionName: string;
  readonly EventSourceArn: string;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly FilterCriteria?: FilterCriteria;
  readonly MaximumRetryAttempts?: number;
};

/** Properties that are interpreted, by the service of the source; any other is rejected rather than ignored. */
const commonProperties = ['BatchSize', 'Enabled', 'EventSourceArn', 'FunctionName', 'FunctionResponseTypes', 'Tags'];
const knownProperties: Readonly<Record<string, readonly string[]>> = {
  sqs: [...commonProperties, 'MaximumBatchingWindowInSeconds', 'ScalingConfig'],
  // The stream has one consumer, which reads from its beginning: StartingPosition adds nothing.
  dynamodb: [...commonProperties, 'FilterCriteria', 'MaximumRetryAttempts', 'StartingPosition'],
};

/** The sources and functions of the mappings. */
export type EventSourceOptions = {
  readonly resources: readonly CloudResource[];
  readonly endpoint: AwsEndpoint;
  readonly lambdas: Lambdas;
};

export type EventSources = {
  /** Receives nothing new and waits at most `milliseconds` for batches in progress. */
  close(milliseconds: number): Promise<void>;
};

/** Lambda's defaults; -1 retries forever. */
const defaults = { queueBatch: 10, streamBatch: 100, concurrency: 5, retries: -1 };

/**
 * Starts every `AWS::Lambda::EventSourceMapping`. @throws LocalCloudError for a source or form that it does not know
 */
export function startEventSources(options: EventSourceOptions): EventSources {
  const client = new SQSClient({
    region: pseudoParameters['AWS::Region'],
    endpoint: options.endpoint.url,
    credentials: options.endpoint.operator,
  });
  const stop = new AbortController();
  const mappings = options.resources.filter(
    ({ type, properties }) => type === 'AWS::Lambda::EventSourceMapping' && properties['Enabled'] !== false,
  );
  // All mappings are checked before the first consumer starts.
  const consumers = mappings.map((mapping) => consumerOf(mapping, client, options)).map((start) => start(stop.signal));
  return {
    close: async (milliseconds) => {
      stop.abort();
      await Promise.race([Promise.all(consumers), pause(milliseconds, undefined, { ref: false })]);
      client.destroy();
    },
  };
}

function consumerOf(
  { logicalId, name, properties }: CloudResource,
  client: SQSClient,
  { endpoint, lambdas }: EventSourceOptions,
): (stop: AbortSignal) => Promise<void> {
  const mapping = properties as MappingProperties;
  const [, , service = '', , , queueName = ''] = mapping.EventSourceArn.split(':');
  const unknown = Object.keys(properties).find((property) => !(knownProperties[service] ?? []).includes(property));
  if (unknown !== undefined)
    throw new LocalCloudError(
      `${logicalId} maps ${service} events with ${unknown}, which the local cloud does not know.`,
    );
  lambdas.check(mapping.FunctionName);
  const common = {
    partial: mapping.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    invoke: (event: string) => lambdas.invoke(mapping.FunctionName, event),
  };
  if (service === 'sqs') {
    const queue = { client, queueArn: mapping.EventSourceArn, queueUrl: endpoint.queueUrl(queueName) };
    const window = (mapping.MaximumBatchingWindowInSeconds ?? 0) * 1000;
    const concurrency = mapping.ScalingConfig?.MaximumConcurrency ?? defaults.concurrency;
    return (stop) =>
      consumeQueue(
        { ...common, ...queue, window, concurrency, batchSize: mapping.BatchSize ?? defaults.queueBatch },
        stop,
      );
  }
  const stream = { consumer: name, stream: endpoint.stream, accepts: compileFilter(mapping.FilterCriteria) };
  return (stop) =>
    consumeStream(
      {
        ...common,
        ...stream,
        batchSize: mapping.BatchSize ?? defaults.streamBatch,
        retries: mapping.MaximumRetryAttempts ?? defaults.retries,
      },
      stop,
    );
}
