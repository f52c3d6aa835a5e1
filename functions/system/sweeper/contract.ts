import { reads, readsQueueDepth, reports, sends, writes } from '#contract/effects.ts';
import { scheduled } from '#contract/resource.ts';

/**
 * Each minute: queues what is due, and queues events again that are pending for too long. A lost stream record or
 * message therefore causes a delay, never a loss. After an upgrade it completes what earlier versions stored.
 */
export const sweeper = scheduled('sweeper', {
  area: 'system',
  everyMinutes: 1,
  effects: [
    reads('event', 'GSI2'),
    reads('billingprofile', 'GSI2'),
    sends('event-seal'),
    readsQueueDepth('event-seal'),
    reads('due', 'GSI2'),
    writes('due'),
    writes('lease'),
    reads('organization', 'GSI2'),
    reads('trunk'),
    reads('gateway'),
    writes('trunkip'),
    writes('host'),
    reports('trunkip.unproven'),
  ],
  dispatches: 'due',
  timeout: 30,
});
