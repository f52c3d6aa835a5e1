import { measures, reads, sends, writes } from '../../../shared/contract/effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/**
 * Queues what is due, and finds what the stream missed and queues it again: a lost record or message delays, and loses
 * nothing.
 */
export const sweeper = scheduled('sweeper', {
  area: 'system',
  everyMinutes: 1,
  effects: [
    reads('event', 'GSI2'),
    reads('billingprofile', 'GSI2'),
    sends('event-seal'),
    measures('event-seal'),
    writes('due'),
    writes('lease'),
  ],
  dispatches: 'due',
  timeout: 30,
});
