/**
 * The name of a queue: that of the consumer that takes its messages, or one that its contract gives. Each queue has a
 * dead-letter queue `<name>-dlq`. Contracts are refused when they load if one sends to a queue that has no consumer.
 */
export type Queue = string;

/** Messages are moved to the dead-letter queue after this many receives (architecture.md, Queues). */
export const maximumReceives = 5;

/** Name of the environment variable that holds a queue's URL. */
export const queueVariable = (queue: Queue): string => `QUEUE_${queue.toUpperCase().replaceAll('-', '_')}`;

/** Name of the environment variable that holds the URL of a consumer's dead-letter queue. */
export const deadLetterVariable = 'DLQ_URL';
