import type { ScheduledEvent } from 'aws-lambda';
import type { Scheduled } from '../contract/resource.ts';
import type { Outside } from './dependencies.ts';
import { queueOutside } from './queue-dependencies.ts';
import { worldOf, type BackgroundWorld } from './background-context.ts';

/** Joins a scheduled function's contract to the handler of its Lambda. What it throws, the next run tries again. */
export function runByClock<S extends Scheduled>(
  of: S,
  run: (world: BackgroundWorld<S>) => Promise<void>,
  outside: Outside = queueOutside(),
): (event: Pick<ScheduledEvent, 'time'>) => Promise<void> {
  const world = worldOf(of, outside);
  return () => run(world);
}
