import { sharedConsumer } from '#contract/shared-queues.ts';

/** Checks what clients upload to any bucket, and what is due about it. */
export const uploads = sharedConsumer('uploads', { area: 'system' });
