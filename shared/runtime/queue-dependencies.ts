import { dependenciesFromEnvironment, type Dependencies } from './dependencies.ts';
import { queuesFromEnvironment } from '../queue/queues.ts';

/** The dependencies of a function that sends to queues. */
export const queueDependencies = (): Dependencies => dependenciesFromEnvironment({ queues: queuesFromEnvironment() });
