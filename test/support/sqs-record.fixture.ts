import type { SQSEvent, SQSRecord } from 'aws-lambda';

/**
 * A message as Lambda gets it from a queue.
 * @param body a text is passed unchanged @param at its position in the batch, by which its id is `m0`
 * @param receives how often it was received
 */
export const asRecord = (body: unknown, at: number, receives: number): SQSRecord => ({
  messageId: `m${at}`,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  receiptHandle: '',
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: '',
  awsRegion: '',
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: '',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '',
  },
});

/** Bodies of messages as Lambda gets them from a queue in one batch, with the ids `m0`, `m1`, … */
export const batchOf = (bodies: readonly unknown[], receives = 1): SQSEvent => ({
  Records: bodies.map((body, at) => asRecord(body, at, receives)),
});
