import { describeForbidden, forbiddenChanges } from '../changes/forbidden.ts';
import { settingNames } from '../settings.ts';
import { lossLines, lostResources, type LostResource, type Templates } from './lost-resources.ts';
import { StageError } from './stage-file.ts';

/** Settings as texts, by their names. */
type Texts = Readonly<Record<string, string>>;
/** The templates of a stage with these settings, by this version of the code. */
export type Synthesize = (context: Texts) => Promise<Templates>;

/** A setting that differs between what is deployed and what will be. */
export type SettingChange = {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What this change alone takes away. */
  readonly lost: readonly LostResource[];
};

/** A deployment compared with what is deployed. */
export type Comparison = {
  readonly changes: readonly SettingChange[];
  /** What the settings take away together, but none of them alone. */
  readonly lostTogether: readonly LostResource[];
  /** `impossibleChanges` of both. */
  readonly impossible: readonly string[];
};

/** What CloudFormation cannot apply, or would lose the data of tenants by: a line each, with the way around. */
export const impossibleChanges = (before: Templates, after: Templates): string[] =>
  forbiddenChanges(before, after)
    .filter(({ confirmable }) => !confirmable)
    .map(describeForbidden);

const keyOf = ({ stack, id, how }: LostResource): string => `${stack} ${id} ${how}`;

/** The settings that differ. One that this version does not know any more has no effect. */
function differing(deployed: Texts, next: Texts): Omit<SettingChange, 'lost'>[] {
  return settingNames().flatMap((name) => {
    const [before, after] = [deployed, next].map((of) => (Object.hasOwn(of, name) ? of[name] : undefined));
    return before === after ? [] : [{ name, before, after }];
  });
}

/** The settings with one of them changed. */
const withChange = (texts: Texts, { name, after }: Pick<SettingChange, 'name' | 'after'>): Texts => {
  const others = Object.fromEntries(Object.entries(texts).filter(([each]) => each !== name));
  return after === undefined ? others : { ...others, [name]: after };
};

/**
 * Compares settings by the templates that this version makes of both. So what a release of the code takes away is not
 * among it.
 *
 * @param deployed the settings of the last deployment, as the stage recorded them
 */
export async function compareSettings(
  { stage, deployed, next }: { readonly stage: string; readonly deployed: Texts; readonly next: Texts },
  synthesize: Synthesize,
): Promise<Comparison> {
  const changed = differing(deployed, next);
  if (changed.length === 0) return { changes: [], lostTogether: [], impossible: [] };
  const before = await synthesize({ ...deployed, stage });
  const wanted = await synthesize({ ...next, stage });
  const lost = lostResources(before, wanted);
  const changes: SettingChange[] = [];
  for (const change of changed)
    changes.push({ ...change, lost: await lostBy({ ...withChange(deployed, change), stage }, before, synthesize) });
  const explained = new Set(changes.flatMap((change) => change.lost.map(keyOf)));
  return {
    changes,
    lostTogether: lost.filter((each) => !explained.has(keyOf(each))),
    impossible: impossibleChanges(before, wanted),
  };
}

/** What one change takes away; nothing if the settings are possible with the other changes only. */
async function lostBy(context: Texts, before: Templates, synthesize: Synthesize): Promise<LostResource[]> {
  try {
    return lostResources(before, await synthesize(context));
  } catch {
    return [];
  }
}

const valueText = (value: string | undefined): string => value ?? 'not set';
const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

const changeLines = ({ name, before, after, lost }: SettingChange): string[] => [
  `  ${name}: ${valueText(before)} → ${valueText(after)}`,
  ...indented(lossLines(lost)),
];

/** @throws StageError naming what no confirmation makes possible */
export function assertPossible(impossible: Comparison['impossible']): void {
  if (impossible.length > 0)
    throw new StageError(
      ['No deployment can make these changes:', ...impossible.map((line) => `  ${line}`)].join('\n'),
    );
}

/**
 * Says what differs, and lets nothing vanish that is not named. If the changes take something away together only, each
 * of them counts.
 *
 * @param removed the settings that the operator named
 * @returns a text for people
 * @throws StageError naming each setting whose absence or change takes something away, and each that is named in vain
 */
export function assertNothingVanishes({ changes, lostTogether }: Comparison, removed: readonly string[]): string {
  const removals = changes.filter(
    ({ after, lost }) => after === undefined || lost.length > 0 || lostTogether.length > 0,
  );
  const vain = removed.filter((name) => !removals.some((change) => change.name === name));
  if (vain.length > 0)
    throw new StageError(`${vain.map((name) => `--remove ${name}`).join(', ')}: nothing of it vanishes. Leave it out`);
  const rejected = removals.filter(({ name }) => !removed.includes(name));
  const linesOf = (of: readonly SettingChange[]): string[] => [
    ...of.flatMap(changeLines),
    ...indented(lossLines(lostTogether)),
  ];
  if (rejected.length > 0)
    throw new StageError(
      [
        'These settings are deployed, and the deployment would take them away:',
        ...linesOf(rejected),
        `Set them in the file of the stage, or name them: ${rejected.map(({ name }) => `--remove ${name}`).join(' ')}`,
      ].join('\n'),
    );
  return changes.length === 0
    ? 'The settings are those that are deployed.'
    : ['These settings change:', ...linesOf(changes)].join('\n');
}
