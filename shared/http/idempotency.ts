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
import { day, minute, second } from '../schema/time.ts';
import { tableFor } from '../dynamodb/table.ts';
import { change, type Write } from '../dynamodb/write.ts';

/** Milliseconds after which an attempt counts as dead. A repeated request may then run. */
const attemptTimeout = minute;
/** Seconds. */
const answerTtl = day / second;
const maxKeyLength = 255;
/** Bytes of an answer that fits into an item (400 KB) with the rest of its record. */
export const maxAnswerSize = 350_000;

export type StoredAnswer = NonNullable<IdempotencyItem['answer']>;

/** A request with an `Idempotency-Key`: a repeated one with its stored answer, or a new attempt. */
export type Idempotency =
  | { readonly kind: 'replay'; readonly answer: StoredAnswer }
  | {
      readonly kind: 'begun';
      /** Id of the first attempt, of which none has stored an answer: the same for all that follow after a crash. */
      readonly firstAttempt: string;
      /** The write that stores the answer. It fails if another attempt took over. */
      readonly record: (answer: StoredAnswer) => Write<'idempotency'>;
      /** Ends the attempt without an answer, so that a repeated request runs at once. */
      readonly abandon: () => Promise<void>;
      /** As `abandon`, but a repeated request, which must be the same, has the same first attempt. */
      readonly suspend: () => Promise<void>;
    };

type Begin = {
  readonly organization: number;
  readonly principal: string;
  readonly route: string;
  readonly key: string;
  /** Path, query and body: a repeated request must have the same. */
  readonly content: string;
  readonly attempt: string;
  readonly now: Date;
};

const isOurs = (attempt: string) => ({
  expression: '#state = :running AND #attempt = :attempt',
  names: { '#state': 'state', '#attempt': 'attempt' },
  values: { ':running': 'running', ':attempt': attempt },
});

/** Whether another attempt owns the item, or its transaction is in progress. */
const isOwnedByOther = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException || error instanceof TransactionConflictException;

/**
 * Marks a request as running, or returns the answer of an earlier one with the same key. The answer is stored in the
 * transaction of the change, on condition that the attempt still owns the key, so that a crash or a concurrent repeat
 * makes the change once or not at all (shared/http/README.md, "Idempotency").
 * @throws AppError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS, INVALID_PARAMETER
 */
export async function beginIdempotent(store: Store, begin: Begin): Promise<Idempotency> {
  if (begin.key.length > maxKeyLength)
    throw new AppError('INVALID_PARAMETER', `Idempotency-Key must have at most ${maxKeyLength} characters`);
  const { principal, route, key, attempt } = begin;
  const requestHash = createHash('sha256').update(begin.content).digest('hex');
  const milliseconds = begin.now.getTime();
  const running: IdempotencyItem = {
    principal,
    route,
    key,
    attempt,
    first_attempt: attempt,
    request_hash: requestHash,
    state: 'running',
    running_until: milliseconds + attemptTimeout,
    expires_at: Math.floor(milliseconds / 1_000) + answerTtl,
  };
  const firstAttempt = await putRunning(store, begin.organization, running, milliseconds);
  if (typeof firstAttempt !== 'string') return replay(firstAttempt, requestHash, milliseconds);
  return {
    kind: 'begun',
    firstAttempt,
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
    abandon: () => deleteAttempt(store, begin.organization, running),
    suspend: () => endAttempt(store, begin.organization, { ...running, first_attempt: firstAttempt }),
  };
}

/** @throws AppError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS */
function replay(earlier: IdempotencyItem, requestHash: string, now: number): Idempotency {
  if (earlier.request_hash !== requestHash)
    throw new AppError(
      'IDEMPOTENCY_KEY_REUSED',
      'This Idempotency-Key was used for a different request; use a new key',
    );
  if (earlier.answer !== undefined) return { kind: 'replay', answer: earlier.answer };
  const seconds = Math.max(1, Math.ceil((earlier.running_until - now) / 1_000));
  throw new AppError('IDEMPOTENCY_IN_PROGRESS', 'The first request with this Idempotency-Key is still running', {
    retryAfter: seconds,
  });
}

/** The id of the first attempt, if this one now owns the key; else the record of an earlier one that is still valid. */
async function putRunning(
  store: Store,
  organization: number,
  item: IdempotencyItem,
  now: number,
): Promise<string | IdempotencyItem> {
  const seconds = Math.floor(now / 1_000);
  const isNew = { expression: 'attribute_not_exists(PK) OR expires_at < :seconds', values: { ':seconds': seconds } };
  if (await isPut(store, organization, item, isNew)) return item.attempt;
  const earlier = await tableFor<'idempotency'>(store, organization).get(idempotencyRow, item);
  // It was abandoned in between: the caller may try again at once.
  if (earlier === undefined) return { ...item, attempt: '', running_until: now };
  const isDead =
    earlier.state === 'running' && earlier.running_until < now && earlier.request_hash === item.request_hash;
  if (!isDead) return earlier;
  const first = earlier.first_attempt ?? earlier.attempt;
  const isSame = {
    expression: '#attempt = :dead AND attribute_not_exists(answer)',
    values: { ':dead': earlier.attempt },
  };
  const isOurs = await isPut(store, organization, { ...item, first_attempt: first }, isSame);
  return isOurs ? first : { ...earlier, running_until: now };
}

/** Puts the record of an attempt on a condition. */
async function isPut(
  store: Store,
  organization: number,
  item: IdempotencyItem,
  { expression, values }: { readonly expression: string; readonly values: Readonly<Record<string, string | number>> },
): Promise<boolean> {
  // The SDK may send this twice when a response is lost: the second finds its own attempt.
  const condition = `#attempt = :attempt OR ${expression}`;
  try {
    await store.client.send(
      new PutItemCommand({
        TableName: store.tableName,
        Item: toAttributes(idempotencyRow, organization, item),
        ConditionExpression: condition,
        ExpressionAttributeNames: { '#attempt': 'attempt' },
        ExpressionAttributeValues: marshall({ ':attempt': item.attempt, ...values }),
      }),
    );
    return true;
  } catch (error) {
    if (!isOwnedByOther(error)) throw error;
    return false;
  }
}

/** Ends an attempt whose record stays. */
async function endAttempt(store: Store, organization: number, item: IdempotencyItem): Promise<void> {
  const ended = { ...item, running_until: 0 };
  await isPut(store, organization, ended, { expression: '#attempt = :attempt', values: {} });
}

async function deleteAttempt(store: Store, organization: number, item: IdempotencyItem): Promise<void> {
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
    // Another attempt owns the key, or the record is gone: there is nothing to delete.
    if (!isOwnedByOther(error)) throw error;
  }
}
