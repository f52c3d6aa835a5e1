import type { Invocation } from './lambda-pool.ts';

/**
 * The records of a batch that the function has not settled.
 *
 * @param partial whether the mapping has `ReportBatchItemFailures`
 * @returns their identifiers; the whole batch if the invocation failed or the answer names an unknown record
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function unsettled(invocation: Invocation, batch: readonly string[], partial: boolean): ReadonlySet<string> {
  const all = new Set(batch);
  if (invocation.failed) return all;
  if (!partial) return new Set();
  const result: unknown = JSON.parse(invocation.payload);
  if (
    typeof result !== 'object' ||
    result === null ||
    !('batchItemFailures' in result) ||
    result.batchItemFailures === null
  )
    return new Set();
  if (!Array.isArray(result.batchItemFailures)) return all;
  const failures: unknown[] = result.batchItemFailures.map(
    (failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier,
  );
  const named = failures.filter(
    (identifier): identifier is string => typeof identifier === 'string' && all.has(identifier),
  );
  return named.length === failures.length ? new Set(named) : all;
}
