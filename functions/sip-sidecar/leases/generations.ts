import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';

/**
 * Generations of a service: all tasks that were started from one definition. The newest one is that which was begun
 * last, not the one with the highest number: a roll-back starts an old definition again.
 */
export type GenerationTask = Pick<SidecarTaskItem, 'started_at' | 'draining' | 'generation' | 'generation_since'>;

/** What a task knows of generations besides the tasks. */
export type GenerationOptions = {
  /** Its own. */
  readonly generation: string;
  /** Milliseconds after its start from which on a task counts as ready: load balancers know it by then. */
  readonly settleTime: number;
};

/** Tasks of an earlier release have no generation, and are one. */
const generationOf = ({ generation = '' }: GenerationTask): string => generation;
const sinceOf = ({ generation_since: since, started_at: start }: GenerationTask): string => since ?? start;

/**
 * Since when the generation of a task that starts is wanted. It continues that of its live tasks which take work, as
 * after a crash; without one it begins again: where all others have given their work to a newer generation, someone has
 * rolled back.
 */
export function generationSince(own: GenerationTask, live: readonly GenerationTask[]): string {
  const working = live.filter((task) => generationOf(task) === generationOf(own) && !task.draining);
  return working.map(sinceOf).toSorted().at(-1) ?? own.started_at;
}

type Generation = { readonly name: string; readonly since: string; readonly ready: number; readonly tasks: number };

function generationsOf(
  tasks: readonly GenerationTask[],
  { now, settleTime }: { readonly now: number; readonly settleTime: number },
): readonly Generation[] {
  const isReady = ({ draining, started_at: start }: GenerationTask): boolean =>
    !draining && Date.parse(start) + settleTime <= now;
  return [...Map.groupBy(tasks, generationOf)].map(([name, members]) => ({
    name,
    since: members.map(sinceOf).toSorted().at(-1) ?? '',
    ready: members.filter(isReady).length,
    tasks: members.length,
  }));
}

/** Whether the first one was begun after the other. Two that were begun at once are ordered by their names. */
const isNewer = (one: Generation, other: Generation): boolean =>
  one.since === other.since ? one.name > other.name : one.since > other.since;

/**
 * The newer generation to which a task leaves the work; undefined: the task works. It begins to have the work when it
 * has as many ready tasks as the generation of the task has live ones, and has it until none of its tasks is ready: so
 * a roll-back gives the work back, and the crash of one new task does not. The newest generation always works.
 * @param others live tasks @param present the result before @param now Unix milliseconds
 */
export function newerGeneration(
  own: GenerationTask,
  others: readonly GenerationTask[],
  options: Pick<GenerationOptions, 'settleTime'> & { readonly now: number; readonly present: string | undefined },
): string | undefined {
  const generations = generationsOf([own, ...others], options);
  const mine = generations.find(({ name }) => name === generationOf(own));
  if (mine === undefined) return undefined;
  const needed = options.present === undefined ? mine.tasks : 1;
  return generations.find((each) => isNewer(each, mine) && each.ready >= needed)?.name;
}

/**
 * The tasks to which a task may give its work. If a newer generation has it, only those of that one: others of the own
 * generation are about to leave theirs, too, and hear of it up to a heartbeat later. So may be those of a task that is
 * stopped before it has heard of the newer one.
 * @param others live tasks @param newer `newerGeneration` of the task
 */
export function workersAmong<Task extends GenerationTask>(
  own: GenerationTask,
  others: readonly Task[],
  newer: string | undefined,
): readonly Task[] {
  const working = others.filter(({ draining }) => !draining);
  if (newer !== undefined) return working.filter((task) => generationOf(task) === newer);
  const later = working.filter((task) => generationOf(task) !== generationOf(own) && sinceOf(task) > sinceOf(own));
  return own.draining && later.length > 0 ? later : working;
}
