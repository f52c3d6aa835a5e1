import type { Settings } from './settings.ts';

/** Minutes in which AWS CodeDeploy moves all requests of a function, for each kind of release. */
const minutesOf: Readonly<Record<Settings['release'], number>> = { 'at-once': 0, canary: 15, linear: 30 };

/**
 * Minutes for which a deployment moves requests. The functions of a stack are released at the same time.
 *
 * @param stacks number of stacks with functions that answer requests; they do not depend on each other
 * @param concurrency stacks that are deployed at the same time: `cdk deploy --concurrency`, 1 by default
 */
export const durationOf = (
  { release }: Pick<Settings, 'release'>,
  { stacks, concurrency = 1 }: { readonly stacks: number; readonly concurrency?: number },
): number => Math.ceil(stacks / concurrency) * minutesOf[release];
