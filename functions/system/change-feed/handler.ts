import { handleStream } from '#runtime/feed.ts';
import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { eventOfKey } from '#dynamodb/rows/event.ts';
import { sealMessage } from '../event-sealer/contract.ts';
import { changeFeed } from './contract.ts';

/** @param dependencies what the function touches; tests bring their own */
export const changeFeedHandler = (dependencies = queueDependencies()) =>
  handleStream(
    changeFeed,
    async (keys, { queues }) => {
      const events = keys.map(eventOfKey).filter((event) => event !== undefined);
      await queues.send('event-seal', events.map(sealMessage));
    },
    dependencies,
  );

export const handler = changeFeedHandler();
