import { sends } from '../../../shared/contract/effects.ts';
import { feed } from '../../../shared/contract/resource.ts';

/** Hears of every new event and queues it for the sealer, nothing else. What it misses, the sweeper finds. */
export const changeFeed = feed('change-feed', {
  area: 'system',
  entities: ['event'],
  effects: [sends('event-seal')],
  timeout: 10,
});
