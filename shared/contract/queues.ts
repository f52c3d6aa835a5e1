/** The queues of the platform; each has a dead-letter queue `<name>-dlq`. */
export const queues = ['cdr-ingest', 'event-seal'] as const;

export type Queue = (typeof queues)[number];

/** Messages are moved to the dead-letter queue after this many receives (architecture.md, Queues). */
export const maximumReceives = 5;
