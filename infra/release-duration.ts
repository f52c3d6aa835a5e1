import { resourcesOf, type DeclaredTemplate } from './declared.ts';
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

/** The stacks whose functions are released step by step. */
const releasedStacks = (templates: ReadonlyMap<string, DeclaredTemplate>): number =>
  [...templates.values()].filter((each) => resourcesOf([each], 'AWS::CodeDeploy::DeploymentGroup').length > 0).length;

/** What a deployment of these templates says of its duration; undefined if all requests get new code at once. */
export function releaseText(
  templates: ReadonlyMap<string, DeclaredTemplate>,
  settings: Pick<Settings, 'release'>,
  { concurrency }: { readonly concurrency: number },
): string | undefined {
  const stacks = releasedStacks(templates);
  const minutes = durationOf(settings, { stacks, concurrency });
  if (minutes === 0) return undefined;
  const least = durationOf(settings, { stacks, concurrency: stacks });
  return (
    `The functions of ${stacks} stacks get new code step by step, which takes ${minutes} minutes` +
    `${minutes === least ? '' : `; with --concurrency ${stacks} it takes ${least}`}.`
  );
}
