import { sends } from '#contract/effects.ts';
import { feed } from '#contract/resource.ts';

/** Queues the id of each new event for the event sealer. The sweeper finds what it misses. */
export const changeFeed = feed('change-feed', {
  area: 'system',
  entities: ['event'],
  effects: [sends('event-seal')],
  timeout: 10,
});
