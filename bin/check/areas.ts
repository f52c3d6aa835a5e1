import { availableParallelism } from 'node:os';
import { reachedFrom, type ImportGraph } from './import-graph.ts';
import type { Step } from './steps.ts';

/** Areas of the tests that call a running system: the folders of `test/system`. */
export const areas = [
  'accounts',
  'billing',
  'browser-phone',
  'calls',
  'console',
  'console-tasks',
  'dialplan',
  'messaging',
  'operations',
  'peers',
  'records',
  'telephony',
] as const;
export type Area = (typeof areas)[number];

const isArea = (name: string): name is Area => areas.some((area) => area === name);

/** Which areas have tests of the sources in a folder; of a longer path, the first that fits. */
const areasOfFolders: readonly (readonly [RegExp, readonly Area[]])[] = [
  [/^functions\/accounts\//, ['accounts']],
  [/^functions\/billing\//, ['billing']],
  [/^functions\/telephony\//, ['telephony']],
  [/^functions\/dialplan\//, ['dialplan', 'calls']],
  [/^functions\/calls\//, ['calls', 'console-tasks']],
  [/^functions\/messaging\//, ['messaging', 'browser-phone', 'console-tasks']],
  [/^functions\/platform\/[\w-]*webhook/, ['messaging', 'dialplan']],
  [/^functions\/platform\//, ['records']],
  [/^functions\/system\/(console|documentation)\/browser\/(phone|sound|voicemail)\//, ['browser-phone']],
  [/^functions\/system\/console\//, ['console', 'console-tasks']],
  [/^functions\/system\/(documentation|summary)\//, ['console']],
  [/^functions\/system\//, ['records', 'operations']],
  [/^functions\/sip-sidecar\/calls\/applications\//, ['dialplan', 'messaging', 'peers']],
  [/^functions\/sip-sidecar\/(calls|media|relay)\//, ['calls', 'dialplan', 'peers']],
  [/^functions\/sip-sidecar\/(leases|task|control)\//, ['operations', 'calls']],
  [/^functions\/sip-sidecar\//, ['telephony', 'calls', 'peers']],
  [/^functions\/media-relay\//, ['calls', 'messaging', 'peers']],
  [/^shared\/browser-phone\//, ['browser-phone', 'peers']],
  [/^shared\/(sip|sidecar|stir|telephony)\//, ['telephony', 'calls', 'peers']],
  [/^shared\/(prompts|sounds|speech)\//, ['dialplan', 'messaging']],
  [/^shared\/(mail|sms|webhooks)\//, ['messaging']],
  [/^shared\/(archive|objects)\//, ['records']],
  [/^shared\/(contract|credentials|http|limits|signing)\//, ['accounts', 'operations']],
  [/^(bin|infra|shared)\/(?!.*\.md$)/, ['operations']],
];

const areaOfTest = (file: string): Area | undefined => {
  const [, folder = ''] = /^test\/system\/([\w-]+)\/.*\.test\.ts$/.exec(file) ?? [];
  return isArea(folder) ? folder : undefined;
};

const isUnitTest = (file: string): boolean => /^(bin|functions|infra|shared)\/.*\.(test|fixture)\.ts$/.test(file);

const areasOfSource = (file: string): readonly Area[] =>
  areasOfFolders.find(([folder]) => folder.test(file))?.[1] ?? [];

/**
 * The areas whose system tests a change asks for. A running system loads sources by itself, so a table of folders says
 * which; what only tests load asks for the areas whose tests load it.
 * @param changed files, relative to the folder of the project
 */
export function areasOf(graph: ImportGraph, changed: readonly string[]): readonly Area[] {
  const sources = changed.filter((file) => !file.startsWith('test/') && !isUnitTest(file));
  const ofTests = changed.filter((file) => file.startsWith('test/'));
  const found = new Set([
    ...sources.flatMap(areasOfSource),
    ...[...reachedFrom(graph.loaders, ofTests).keys()].flatMap((file) => areaOfTest(file) ?? []),
  ]);
  return areas.filter((area) => found.has(area));
}

/**
 * A run of an area's tests, or of files whose paths have some text. One worker per core: with more, files wait for
 * cores while their clocks run.
 */
const systemStep = (name: string, paths: readonly string[], stage: number): Step => ({
  name,
  script: 'test:area',
  options: [`--maxWorkers=${availableParallelism()}`, ...paths],
  counts: 'tests',
  stage,
});

/** A run for each of the areas, one after the other, the first at `stage`. */
export const areaSteps = (names: readonly Area[], stage = 1): readonly Step[] =>
  names.map((name, at) => systemStep(name, [`test/system/${name}/`], stage + at));

/** The runs for names of areas and for parts of paths; for none of them, all areas. */
export function namedSteps(names: readonly string[]): readonly Step[] {
  if (names.length === 0) return areaSteps(areas);
  const [named, paths] = [names.filter(isArea), names.filter((name) => !isArea(name))];
  const ofAreas = areaSteps(named);
  return paths.length === 0 ? ofAreas : [...ofAreas, systemStep('files', paths, ofAreas.length + 1)];
}
