import { createHash } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { AppError } from '../errors.ts';
import type { Store } from '../dynamodb/client.ts';
import { keyAttributes, toAttributes } from '../dynamodb/row.ts';
import { idempotencyRow, type IdempotencyItem } from '../dynamodb/rows/request.ts';
import { tableFor } from '../dynamodb/table.ts';
import { change, type Write } from '../dynamodb/write.ts';

/** Milliseconds after which a request counts as dead; a repeat may then take its place. */
const runningLife = 60_000;
/** Seconds. */
const answerLife = 24 * 3_600;
const longestKey = 255;
/** Bytes of an answer that fits an item (400 KB) beside the rest of its record. */
export const largestAnswer = 350_000;

export type StoredAnswer = NonNullable<IdempotencyItem['answer']>;

/** A request with an `Idempotency-Key`: either answered before, or begun now under an attempt of its own. */
export type Idempotency =
  | { readonly kind: 'replay'; readonly answer: StoredAnswer }
  | {
      readonly kind: 'begun';
      readonly record: (answer: StoredAnswer) => Write<'idempotency'>;
      readonly abandon: () => Promise<void>;
    };

type Begin = {
  readonly organization: number;
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  /** All that makes this request what it is: path, query and body. */
  readonly content: string;
  readonly attempt: string;
  readonly now: Date;
};

const isOurs = (attempt: string) => ({
  expression: '#state = :running AND #attempt = :attempt',
  names: { '#state': 'state', '#attempt': 'attempt' },
  values: { ':running': 'running', ':attempt': attempt },
});

/** The item is not ours to write: another attempt has it, or its transaction holds it just now. */
const isAnothers = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException;

/**
 * Marks the request as running, or tells what became of an earlier one of the same key. The answer is
 * recorded in the change's own transaction under the condition that the attempt still is ours, so that
 * a crash or a slow twin leaves the change done once or not at all.
 * @throws AppError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS, INVALID_PARAMETER
 */
export async function beginIdempotent(store: Store, begin: Begin): Promise<Idempotency> {
  if (begin.key.length > longestKey)
    throw new AppError('INVALID_PARAMETER', `Idempotency-Key is longer than ${longestKey} characters`);
  const { principal, route, key, attempt } = begin;
  const requestHash = createHash('sha256').update(begin.content).digest('hex');
  const milliseconds = begin.now.getTime();
  const running: IdempotencyItem = {
    principal,
    route,
    key,
    attempt,
    request_hash: requestHash,
    state: 'running',
    running_until: milliseconds + runningLife,
    expires_at: Math.floor(milliseconds / 1_000) + answerLife,
  };
  const earlier = await putRunning(store, begin.organization, running, milliseconds);
  if (earlier !== undefined) return judge(earlier, requestHash, milliseconds);
  return {
    kind: 'begun',
    record: (answer) =>
      change(
        idempotencyRow,
        { principal, route, key },
        {
          set: { state: 'done', answer },
          onlyIf: isOurs(attempt),
          conflict: new AppError('IDEMPOTENCY_IN_PROGRESS', 'Another request took over this Idempotency-Key', {
            retryAfter: 1,
          }),
        },
      ),
    abandon: () => forget(store, begin.organization, running),
  };
}

function judge(earlier: IdempotencyItem, requestHash: string, now: number): Idempotency {
  if (earlier.request_hash !== requestHash)
    throw new AppError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key came with another request');
  if (earlier.answer !== undefined) return { kind: 'replay', answer: earlier.answer };
  const seconds = Math.max(1, Math.ceil((earlier.running_until - now) / 1_000));
  throw new AppError('IDEMPOTENCY_IN_PROGRESS', 'The first request with this Idempotency-Key is still running', {
    retryAfter: seconds,
  });
}

/** The earlier record when there is one that counts; undefined when the attempt is now ours. */
async function putRunning(
  store: Store,
  organization: number,
  item: IdempotencyItem,
  now: number,
): Promise<IdempotencyItem | undefined> {
  try {
    await store.client.send(
      new PutItemCommand({
        TableName: store.tableName,
        Item: toAttributes(idempotencyRow, organization, item),
        // The SDK may send this twice when an answer is lost: the second finds its own attempt.
        ConditionExpression:
          'attribute_not_exists(PK) OR #attempt = :attempt OR expires_at < :seconds OR (#state = :running AND running_until < :now AND request_hash = :hash)',
        ExpressionAttributeNames: { '#state': 'state', '#attempt': 'attempt' },
        ExpressionAttributeValues: marshall({
          ':running': 'running',
          ':attempt': item.attempt,
          ':now': now,
          ':seconds': Math.floor(now / 1_000),
          ':hash': item.request_hash,
        }),
      }),
    );
    return undefined;
  } catch (error) {
    if (!isAnothers(error)) throw error;
    const earlier = await tableFor<'idempotency'>(store, organization).get(idempotencyRow, item);
    // Abandoned just now: the caller may try again at once.
    return earlier ?? { ...item, attempt: '', running_until: now };
  }
}

async function forget(store: Store, organization: number, item: IdempotencyItem): Promise<void> {
  const { expression, names, values } = isOurs(item.attempt);
  try {
    await store.client.send(
      new DeleteItemCommand({
        TableName: store.tableName,
        Key: keyAttributes(idempotencyRow, organization, item),
        ConditionExpression: expression,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: marshall(values),
      }),
    );
  } catch (error) {
    // Already another's, or gone: then it is not ours to forget.
    if (!isAnothers(error)) throw error;
  }
}
