import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { setTimeout as pause } from 'node:timers/promises';
import type { AwsEndpoint } from './aws-endpoint.ts';
import { compileFilter } from './filter-criteria.ts';
import type { FilterCriteria } from './filter-criteria.ts';
import type { Invocation } from './lambda-pool.ts';
import type { Lambdas } from './lambda.ts';
import { consumeQueue } from './queue-source.ts';
import { LocalCloudError, pseudoParameters } from './resource.ts';
import type { CloudResource } from './resource.ts';
import { consumeStream } from './stream-source.ts';
import type { StreamSource } from './stream-source.ts';
import type { StreamRecord } from './stream.ts';

type MappingProperties = {
  readonly FunctionName: string;
  readonly EventSourceArn: string;
  readonly Enabled?: boolean;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly FilterCriteria?: FilterCriteria;
  readonly MaximumRetryAttempts?: number;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
};

/** What the mappings are fed from and to. */
export type EventSourceOptions = {
  readonly resources: readonly CloudResource[];
  readonly endpoint: AwsEndpoint;
  readonly lambdas: Lambdas;
};

export type EventSources = {
  /** Takes nothing new and waits for what is being handled, at most `milliseconds`. */
  close(milliseconds: number): Promise<void>;
};

/** Lambda's defaults where a mapping is silent. */
const defaults = { queueBatch: 10, streamBatch: 100, concurrency: 5, retries: -1 };

/** Starts every `AWS::Lambda::EventSourceMapping`. @throws LocalCloudError for a source or form that it does not know */
export function startEventSources(options: EventSourceOptions): EventSources {
  const client = new SQSClient({ region: pseudoParameters['AWS::Region'], endpoint: options.endpoint.url, credentials: options.endpoint.operator });
  const stop = new AbortController();
  const mappings = options.resources.filter(({ type, properties }) => type === 'AWS::Lambda::EventSourceMapping' && properties['Enabled'] !== false);
  const consumers = mappings.map((mapping) => starterOf(mapping, client, options)).map((start) => start(stop.signal));
  return {
    close: async (milliseconds) => {
      stop.abort();
      await Promise.race([Promise.all(consumers), pause(milliseconds, undefined, { ref: false })]);
      client.destroy();
    },
  };
}

type Start = (stop: AbortSignal) => Promise<void>;

/** Everything is checked before the first consumer starts. */
function starterOf(mapping: CloudResource, client: SQSClient, options: EventSourceOptions): Start {
  const properties = mapping.properties as MappingProperties;
  options.lambdas.check(properties.FunctionName);
  const service = properties.EventSourceArn.split(':')[2];
  if (service === 'sqs') return queueStarter(mapping, client, options);
  if (service === 'dynamodb') return streamStarter(mapping, client, options);
  throw new LocalCloudError(`${mapping.logicalId} reads from ${properties.EventSourceArn}; the local cloud feeds functions from queues and table streams.`);
}

function queueStarter(mapping: CloudResource, client: SQSClient, { endpoint, lambdas }: EventSourceOptions): Start {
  const properties = mapping.properties as MappingProperties;
  if (properties.FilterCriteria) throw new LocalCloudError(`${mapping.logicalId}: the local cloud filters streams, not queues.`);
  const queueArn = properties.EventSourceArn;
  const source = {
    client,
    queueArn,
    queueUrl: endpoint.queueUrl(queueArn.split(':').at(-1) ?? ''),
    batchSize: properties.BatchSize ?? defaults.queueBatch,
    window: (properties.MaximumBatchingWindowInSeconds ?? 0) * 1000,
    concurrency: properties.ScalingConfig?.MaximumConcurrency ?? defaults.concurrency,
    partial: properties.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    invoke: (event: string) => lambdas.invoke(properties.FunctionName, event),
  };
  return (stop) => consumeQueue(source, stop);
}

function streamStarter(mapping: CloudResource, client: SQSClient, { endpoint, lambdas }: EventSourceOptions): Start {
  const properties = mapping.properties as MappingProperties;
  const destination = properties.DestinationConfig?.OnFailure?.Destination;
  const source: StreamSource = {
    consumer: mapping.name,
    stream: endpoint.stream,
    batchSize: properties.BatchSize ?? defaults.streamBatch,
    partial: properties.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    retries: properties.MaximumRetryAttempts ?? defaults.retries,
    accepts: compileFilter(properties.FilterCriteria),
    invoke: (event) => lambdas.invoke(properties.FunctionName, event),
    discard: async (records, invocation) => {
      if (destination === undefined) return;
      const QueueUrl = endpoint.queueUrl(destination.split(':').at(-1) ?? '');
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: discardedBatch(properties, records, invocation) }));
    },
  };
  return (stop) => consumeStream(source, stop);
}

/**
 * What a failure destination receives: where the records are, not the records.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
function discardedBatch({ FunctionName, EventSourceArn }: MappingProperties, records: readonly StreamRecord[], { payload }: Invocation): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: { functionArn: FunctionName, condition: 'RetryAttemptsExhausted' },
    responseContext: { statusCode: 200, functionError: 'Unhandled', payload },
    DDBStreamBatchInfo: {
      streamArn: EventSourceArn,
      startSequenceNumber: records.at(0)?.dynamodb?.SequenceNumber,
      endSequenceNumber: records.at(-1)?.dynamodb?.SequenceNumber,
      batchSize: records.length,
    },
  });
}
