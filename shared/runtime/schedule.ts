import type { ScheduledEvent } from 'aws-lambda';
import type { Scheduled } from '../contract/resource.ts';
import type { Dependencies } from './dependencies.ts';
import { queueDependencies } from './queue-dependencies.ts';
import { contextOf, type BackgroundContext } from './background-context.ts';

/** Makes the Lambda handler of a scheduled function. After an error the next run tries again. */
export function runScheduled<S extends Scheduled>(
  of: S,
  run: (context: BackgroundContext<S>) => Promise<void>,
  dependencies: Dependencies = queueDependencies(),
): (event: Pick<ScheduledEvent, 'time'>) => Promise<void> {
  const context = contextOf(of, dependencies);
  return () => run(context);
}
