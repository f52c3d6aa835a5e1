/** The queues of the platform; each has a dead-letter queue `<name>-dlq`. */
export const queues = [
  'cdr-exports',
  'cdr-ingest',
  'cdr-tasks',
  'cdr-wholesale',
  'device-reboots',
  'email-send',
  'event-seal',
  'number-releases',
  'period-close',
  'removals',
] as const;

export type Queue = (typeof queues)[number];

/** Messages are moved to the dead-letter queue after this many receives (architecture.md, Queues). */
export const maximumReceives = 5;

/** Name of the environment variable that holds a queue's URL. */
export const queueVariable = (queue: Queue): string => `QUEUE_${queue.toUpperCase().replaceAll('-', '_')}`;

/** Name of the environment variable that holds the URL of a consumer's dead-letter queue. */
export const deadLetterVariable = 'DLQ_URL';
