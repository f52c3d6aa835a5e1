import { measures, reads, sends } from '../../shared/contract/effects.ts';
import { scheduled } from '../../shared/contract/resource.ts';

/** Finds what the stream missed and queues it again: a lost record or message delays, and loses nothing. */
export const sweeper = scheduled('sweeper', {
  area: 'system',
  everyMinutes: 1,
  effects: [reads('event', 'GSI2'), sends('event-seal'), measures('event-seal')],
  timeout: 30,
});
