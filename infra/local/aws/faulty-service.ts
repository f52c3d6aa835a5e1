import { AwsCall, failure, type AwsAnswer, type AwsService } from './aws-call.ts';
import type { Faults } from './faults.ts';
import { touchedItems, type ResourceNames, type TouchedItem } from './requests.ts';

/** The throttling error of each service. */
const throttled = {
  dynamodb: () =>
    failure(
      400,
      'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded.',
    ),
  sqs: () => failure(403, 'com.amazonaws.sqs#RequestThrottled', 'The request was denied due to request throttling.'),
  'sms-voice': () => failure(400, 'ThrottlingException', 'An error occurred because too many requests were sent.'),
  ses: () => failure(429, 'TooManyRequestsException', 'Maximum sending rate exceeded.'),
};

/** The service with the faults of AWS before or after an operation. */
export function faultyService(name: keyof typeof throttled, service: AwsService, faults: Faults): AwsService {
  return async (call) => {
    if (faults.chance('throttle')) return throttled[name]();
    const answer = await service(call);
    if (answer.status === 200 && faults.chance('failedAnswer'))
      return failure(500, 'InternalServerError', 'Internal server error');
    return answer.status === 200 && faults.chance('lostAnswer') ? { ...answer, lost: true } : answer;
  };
}

const conflictMessage = 'Transaction is ongoing for the item';

/**
 * Transactions hold their items against other writes, and indexes lag behind: DynamoDB Developer Guide, "Transaction
 * conflict handling".
 */
export function contendedTables(service: AwsService, faults: Faults, names: ResourceNames): AwsService {
  const held = holds(faults);
  const lag = laggingIndexes(service, faults);
  return async (call) => {
    if (call.operation === 'Query' && call.parameters['IndexName'] !== undefined) return lag(call);
    const transaction = call.operation.startsWith('Transact');
    const items = touchedItems(call, names).map((item) => ({ ...item, text: textOf(item) }));
    // A plain read never conflicts.
    if (items.length === 0 || call.operation === 'GetItem') return service(call);
    const unlucky = faults.chance('conflict') ? items[0]?.text : undefined;
    const conflicts = items.map(({ text }) => text === unlucky || held.has(text));
    if (conflicts.includes(true))
      return transaction
        ? cancelled(conflicts)
        : failure(400, `${dynamo}TransactionConflictException`, conflictMessage);
    return call.operation === 'TransactWriteItems' ? held.during(items, () => service(call)) : service(call);
  };
}

const dynamo = 'com.amazonaws.dynamodb.v20120810#';

function cancelled(conflicts: readonly boolean[]): AwsAnswer {
  const reasons = conflicts.map((conflict) =>
    conflict ? { Code: 'TransactionConflict', Message: conflictMessage } : { Code: 'None' },
  );
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return failure(400, `${dynamo}TransactionCanceledException`, message, { CancellationReasons: reasons });
}

const textOf = ({ table, key }: TouchedItem) => JSON.stringify([table, key]);

/** Items of transactions that are in progress or have just committed. */
function holds(faults: Faults) {
  const held = new Set<string>();
  return {
    has: (text: string) => held.has(text),
    async during(items: readonly { readonly text: string }[], work: () => Promise<AwsAnswer>): Promise<AwsAnswer> {
      for (const { text } of items) held.add(text);
      const release = () => items.forEach(({ text }) => held.delete(text));
      try {
        return await work();
      } finally {
        setTimeout(release, faults.chance('held') ? faults.delay('held') : 0).unref();
      }
    },
  };
}

/** Max queries whose previous answers are cached. */
const maxCachedQueries = 1000;

/** A stale answer is the previous answer to the same query. */
function laggingIndexes(service: AwsService, faults: Faults): AwsService {
  const former = new Map<string, { readonly at: number; readonly answer: AwsAnswer }>();
  return async (call) => {
    const query = call.body.toString();
    const known = former.get(query);
    if (known !== undefined && faults.chance('staleIndex') && Date.now() - known.at < faults.delay('staleIndex'))
      return known.answer;
    const answer = await service(call);
    if (former.size >= maxCachedQueries) former.clear();
    former.set(query, { at: Date.now(), answer });
    return answer;
  };
}

/** Messages come late, out of order and more than once: SQS Developer Guide, "At-least-once delivery". */
export function unreliableQueues(service: AwsService, faults: Faults): AwsService {
  return async (call) => {
    if (call.operation === 'SendMessage' && faults.chance('lateDelivery')) return service(delayed(call, faults));
    const answer = await service(call);
    return call.operation === 'ReceiveMessage' && answer.status === 200
      ? shuffled(answer, call, { service, faults })
      : answer;
  };
}

const delayed = (call: AwsCall, faults: Faults) =>
  call.with({
    ...call.parameters,
    DelaySeconds: Math.max(
      Number(call.parameters['DelaySeconds'] ?? 0),
      Math.ceil(faults.delay('lateDelivery') / 1000),
    ),
  });

type Received = { readonly Messages?: readonly { readonly ReceiptHandle: string }[] };

async function shuffled(
  answer: AwsAnswer,
  call: AwsCall,
  { service, faults }: { service: AwsService; faults: Faults },
): Promise<AwsAnswer> {
  const { Messages: messages = [] } = JSON.parse(answer.body.toString()) as Received;
  if (messages.length === 0) return answer;
  const headers = { ...call.headers, 'x-amz-target': 'AmazonSQS.ChangeMessageVisibility' };
  for (const { ReceiptHandle } of messages.filter(() => faults.chance('duplicateDelivery'))) {
    const again = { QueueUrl: call.parameters['QueueUrl'], ReceiptHandle, VisibilityTimeout: 0 };
    await service(new AwsCall(headers, Buffer.from(JSON.stringify(again))));
  }
  return {
    ...answer,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ Messages: messages.toReversed() }),
  };
}
