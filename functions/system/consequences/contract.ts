import { sharedConsumer } from '#contract/shared-queues.ts';

/** What follows from a deletion, or from the change of a domain. */
export const consequences = sharedConsumer('consequences', { area: 'system' });
