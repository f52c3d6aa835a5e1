/**
 * The name of a queue: that of the consumer that takes its messages, or one that its contract gives. Each queue has a
 * dead-letter queue `<name>-dlq`. Loading the contracts fails if one sends to a queue that has no consumer.
 */
export type Queue = string;

/** Number of receives after which SQS moves a message to the dead-letter queue. */
export const maximumReceives = 5;

/** The environment variable with the URL of a queue. */
export const queueVariable = (queue: Queue): string => `QUEUE_${queue.toUpperCase().replaceAll('-', '_')}`;

/** The environment variable with the URL of a consumer's dead-letter queue. */
export const deadLetterVariable = 'DLQ_URL';
