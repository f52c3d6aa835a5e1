import { sharedConsumer } from '#contract/shared-queues.ts';

/**
 * Slow or rare work that no one waits for: exports, searches, munch tasks, manifests of archives, ends of periods and
 * of quarantines.
 */
export const jobs = sharedConsumer('jobs', { area: 'system' });
