import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { bucketVariable } from '../contract/buckets.ts';
import type { Consumer } from '../contract/resource.ts';
import { notifyingBucket } from '../contract/uploads.ts';
import { readMessage } from './message.ts';

/** A consumer that shares its queue, and its handler. */
export type Part = {
  readonly contract: Consumer;
  readonly handler: (event: SQSEvent) => Promise<SQSBatchResponse>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The name of the bucket in a body; undefined if it is no notification of S3. */
function bucketIn(body: string): string | undefined {
  try {
    return notifyingBucket(JSON.parse(body));
  } catch {
    return undefined;
  }
}

const partOfBucket = (parts: readonly Part[], bucket: string, environment: Environment): Part | undefined =>
  parts.find(({ contract: { uploads } }) => uploads !== undefined && environment[bucketVariable(uploads)] === bucket);

/**
 * The part that takes a message: the one of its bucket, or that can read it. One that none can read goes to the part
 * whose schema it names, or to the first, which moves it to the dead-letter queue with the reason.
 */
export function partFor(parts: readonly Part[], body: string, environment: Environment): Part | undefined {
  const bucket = bucketIn(body);
  const notified = bucket === undefined ? undefined : partOfBucket(parts, bucket, environment);
  if (notified !== undefined) return notified;
  const read = parts.map((part) => ({ part, result: readMessage(part.contract.message, body) }));
  const chosen =
    read.find(({ result }) => 'message' in result) ??
    read.find(({ result }) => 'reason' in result && result.reason === 'INVALID_MESSAGE') ??
    read[0];
  return chosen?.part;
}

/** Makes the Lambda handler of consumers that share a queue. Each settles its own messages as if it were alone. */
export const handlerOfParts =
  (parts: readonly Part[], environment: Environment = process.env) =>
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const records = new Map<Part, SQSRecord[]>();
    for (const record of Records) {
      const part = partFor(parts, record.body, environment);
      if (part !== undefined) records.set(part, [...(records.get(part) ?? []), record]);
    }
    const responses = await Promise.all([...records].map(([part, own]) => part.handler({ Records: own })));
    return { batchItemFailures: responses.flatMap(({ batchItemFailures }) => batchItemFailures) };
  };
