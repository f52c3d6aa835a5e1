import { outsideFromEnvironment, type Outside } from './dependencies.ts';
import { queuesFromEnvironment } from '../queue/queues.ts';

/** The world of a function that sends to queues. */
export const queueOutside = (): Outside => outsideFromEnvironment({ queues: queuesFromEnvironment() });
