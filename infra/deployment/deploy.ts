import type { Account } from '../preflight/account.ts';
import { asked, findingLine, type Finding } from '../preflight/finding.ts';
import { findingsOf } from '../preflight/preflight.ts';
import { namesFor, stackName } from '../names.ts';
import { releaseText } from '../release-duration.ts';
import { settingsFrom, settingsParameter, type Settings } from '../settings.ts';
import {
  assertNothingVanishes,
  assertPossible,
  compareSettings,
  impossibleChanges,
  type Comparison,
  type Synthesize,
} from './comparison.ts';
import { lossLines, lostResources, type Templates } from './lost-resources.ts';
import { StageError, stagePath, type Stage } from './stage-file.ts';

/** What `npm run deploy` does with the file of a stage. */

export type DeployOptions = {
  /** Settings that may vanish. */
  readonly remove: readonly string[];
  /** Whether the file replaces settings that the stage did not record, or that this version does not accept. */
  readonly adopt: boolean;
  /** Whether to deploy without a question. */
  readonly yes: boolean;
  /** Where the outputs of the stacks are written. */
  readonly outputsFile: string;
  /** Stacks that are deployed side by side. */
  readonly concurrency: number;
  /** Whether CloudFormation takes resources that exist into the stage, as in a restore (infra/RUNBOOK.md). */
  readonly importsExisting: boolean;
};

export type DeployTools = {
  readonly account: Account;
  readonly synthesize: Synthesize;
  /** Synthesizes, with all checks, what is then deployed. */
  readonly assemble: (
    context: Readonly<Record<string, string>>,
  ) => Promise<{ readonly folder: string; readonly templates: Templates }>;
  /** Runs the CDK command line. @returns its exit code */
  readonly cdk: (commandLine: readonly string[]) => Promise<number>;
  /** Asks a person; undefined where no one can answer. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  readonly print: (text: string) => void;
};

/** The setting of `npm start` on the command line of a deployment is a mistake that must not pass for done. */
export function assertNothingLocal(environment: NodeJS.ProcessEnv): void {
  if (environment['OUTBOUND_ALLOW_PRIVATE'] !== undefined)
    throw new StageError('OUTBOUND_ALLOW_PRIVATE is for `npm start` only: unset it before a deployment');
}

/** The settings of a context. @throws Error */
export const settingsOf = (context: Readonly<Record<string, string>>): Settings =>
  settingsFrom({ tryGetContext: (name) => (Object.hasOwn(context, name) ? context[name] : undefined) });

/** Whether a stack holds nothing, or does not exist. */
const isEmpty = (status: string | undefined): boolean =>
  status === undefined || status === 'REVIEW_IN_PROGRESS' || status.startsWith('ROLLBACK_');

/** What is deployed: nothing, the settings of the last deployment, or stacks that did not record any. */
type Deployed = 'nothing' | 'unrecorded' | Readonly<Record<string, string>>;

async function deployedAt(stage: string, account: Account): Promise<Deployed> {
  const recorded = await account.parameter(namesFor(stage).parameter(settingsParameter));
  if (recorded !== undefined) return JSON.parse(recorded) as Readonly<Record<string, string>>;
  return isEmpty(await account.stackStatus(stackName(stage, 'data'))) ? 'nothing' : 'unrecorded';
}

/** Compares with the deployed templates themselves. @throws StageError naming what vanishes */
async function compareTemplates(
  stage: string,
  next: Templates,
  {
    account,
    adopt,
  }: {
    readonly account: Account;
    readonly adopt: boolean;
  },
): Promise<string> {
  const before = new Map<string, NonNullable<Awaited<ReturnType<Account['template']>>>>();
  for (const name of next.keys()) {
    const template = await account.template(name);
    if (template !== undefined) before.set(name, template);
  }
  const lines = lossLines(lostResources(before, next)).map((line) => `  ${line}`);
  const unrecorded = `${stage} recorded no settings that this version accepts, so its templates are compared.`;
  if (lines.length === 0) return `${unrecorded} Nothing vanishes.`;
  assertPossible(impossibleChanges(before, next));
  if (adopt) return [unrecorded, ...lines].join('\n');
  throw new StageError(
    [
      `${unrecorded} These resources would vanish:`,
      ...lines,
      `Set in ${stagePath(stage)} what the stage was deployed with. If nothing of this is needed, add --adopt`,
    ].join('\n'),
  );
}

/** @throws StageError naming what vanishes without being named */
async function compared(
  stage: Stage,
  templates: Templates,
  { remove, adopt }: Pick<DeployOptions, 'remove' | 'adopt'>,
  { account, synthesize }: Pick<DeployTools, 'account' | 'synthesize'>,
): Promise<{
  readonly isFirst: boolean;
  readonly text: string;
}> {
  const deployed = await deployedAt(stage.name, account);
  if (deployed === 'nothing') {
    if (remove.length > 0) throw new StageError('--remove: nothing is deployed yet');
    return { isFirst: true, text: `The first deployment of ${stage.name}: ${templates.size} stacks.` };
  }
  const comparison =
    deployed === 'unrecorded' ? undefined : await compareRecorded(stage, deployed, { adopt, synthesize });
  if (comparison === undefined)
    return { isFirst: false, text: await compareTemplates(stage.name, templates, { account, adopt }) };
  assertPossible(comparison.impossible);
  return { isFirst: false, text: assertNothingVanishes(comparison, remove) };
}

/** What a deployment without further options would say of what is deployed. It blocks if the deployment is rejected. */
export const comparisonFinding = (
  stage: Stage,
  templates: Templates,
  tools: Pick<DeployTools, 'account' | 'synthesize'>,
): Promise<Finding> =>
  asked('what is deployed', async () => {
    try {
      const { text } = await compared(stage, templates, { remove: [], adopt: false }, tools);
      return { verdict: 'fits', text };
    } catch (error) {
      if (error instanceof StageError) return { verdict: 'blocks', text: error.message };
      throw error;
    }
  });

/**
 * @returns undefined if this version does not accept the recorded settings, and the file replaces them
 * @throws StageError if it does not accept them, or if the file may not replace them
 */
async function compareRecorded(
  { name: stage, context: next }: Stage,
  deployed: Readonly<Record<string, string>>,
  { adopt, synthesize }: { readonly adopt: boolean; readonly synthesize: Synthesize },
): Promise<Comparison | undefined> {
  let comparison: Comparison;
  try {
    comparison = await compareSettings({ stage, deployed, next }, synthesize);
  } catch (error) {
    if (adopt) return undefined;
    throw new StageError(
      `this version does not accept the deployed settings (${error instanceof Error ? error.message : String(error)})` +
        '. Compare the templates instead: add --adopt',
      { cause: error },
    );
  }
  if (adopt)
    throw new StageError(
      '--adopt: the stage has recorded its settings. Leave it out, and name what may vanish: --remove <setting>',
    );
  return comparison;
}

/** @throws StageError if the account is another one */
async function assertAccount({ name, account: expected }: Stage, account: Account): Promise<string> {
  const id = await account.id();
  if (expected !== undefined && id !== expected)
    throw new StageError(
      `${stagePath(name)} is for the account ${expected}, and the credentials (AWS_PROFILE) are of ${id}`,
    );
  return id;
}

const cdkOptions = ({ outputsFile, concurrency, importsExisting }: DeployOptions): readonly string[] => [
  ...['--outputs-file', outputsFile],
  ...(concurrency === 1 ? [] : ['--concurrency', String(concurrency)]),
  ...(importsExisting ? ['--import-existing-resources'] : []),
];

/**
 * Deploys a stage: preflight, a comparison with what is deployed, `cdk diff`, a question, `cdk deploy`.
 *
 * @returns the exit code of the deployment; 1 if it is not wanted
 * @throws StageError if it would fail, or take away what is not named
 */
export async function deployStage(stage: Stage, options: DeployOptions, tools: DeployTools): Promise<number> {
  const { account, print } = tools;
  const id = await assertAccount(stage, account);
  const { folder, templates } = await tools.assemble(stage.context);
  const findings = await findingsOf([...templates.values()], settingsOf(stage.context), {
    account,
    region: stage.region,
  });
  for (const finding of findings) if (finding.verdict !== 'fits') print(findingLine(finding));
  if (findings.some(({ verdict }) => verdict === 'blocks'))
    throw new StageError('the deployment would fail: see what blocks it above');
  const { isFirst, text } = await compared(stage, templates, options, tools);
  print(text);
  // CodeDeploy moves the requests of functions that are deployed.
  const release = releaseText(templates, settingsOf(stage.context), options);
  if (!isFirst && release !== undefined) print(release);
  const app = ['--app', folder];
  if (!isFirst) await tools.cdk(['diff', ...app]);
  if (!options.yes) {
    if (tools.ask === undefined)
      throw new StageError('no one can answer here whether to deploy: read the output above, then add --yes');
    const question = `${isFirst ? 'Create' : 'Deploy'} the stage ${stage.name} in account ${id}, ${stage.region}?`;
    if (!(await tools.ask(question))) return 1;
  }
  // The question above is for all stacks.
  return tools.cdk(['deploy', '--all', ...app, '--require-approval', 'never', ...cdkOptions(options)]);
}
