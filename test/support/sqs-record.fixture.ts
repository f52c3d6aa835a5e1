import type { SQSRecord } from 'aws-lambda';

/** A message as Lambda gets it from a queue, delivered for the first time. @param at its position in the batch */
export const asRecord = (body: unknown, at: number): SQSRecord => ({
  messageId: `m${at}`,
  body: JSON.stringify(body),
  receiptHandle: '',
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: '',
  awsRegion: '',
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '', SenderId: '', ApproximateFirstReceiveTimestamp: '' },
});
