import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Planted faults: each patch of `test/mutants/<area>` breaks one rule of the product, as a person would by mistake. */
export type Mutant = {
  /** `billing/charges-are-rounded-half-up`. */
  readonly name: string;
  readonly area: string;
  /** The rule that the fault breaks, as a sentence. */
  readonly rule: string;
  /** The test file that is expected to fail, which is run first; undefined: the tests of the changed folders are. */
  readonly expected: string | undefined;
  /** Files that the patch changes, relative to the folder of the project. */
  readonly changed: readonly string[];
  /** The path of the patch, relative to the folder of the project. */
  readonly patch: string;
};

export const areas = [
  'accounts',
  'billing',
  'calls',
  'dialplan',
  'messaging',
  'pipeline',
  'platform',
  'sip-sidecar',
  'system',
  'telephony',
] as const;

const folder = 'test/mutants';

/** @throws Error for a patch without a rule, or that changes nothing */
export function readMutant(root: string, patch: string): Mutant {
  const text = readFileSync(join(root, patch), 'utf8');
  const header = text.slice(0, text.indexOf('\ndiff '));
  const [, rule] = /^Rule: (.+)$/m.exec(header) ?? [];
  const [, expected] = /^Expect: (.+)$/m.exec(header) ?? [];
  const changed = [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file = '']) => file);
  if (rule === undefined) throw new Error(`${patch}: the header has no line "Rule: …"`);
  if (changed.length === 0) throw new Error(`${patch} changes no file`);
  const name = patch.slice(folder.length + 1, -'.patch'.length);
  return { name, area: name.split('/')[0] ?? '', rule, expected, changed, patch };
}

/** All planted faults, by their names. @throws Error as {@link readMutant} */
export const readMutants = (root: string): readonly Mutant[] =>
  globSync(`${folder}/*/*.patch`, { cwd: root })
    .toSorted()
    .map((patch) => readMutant(root, patch));

/** Mulberry32: numbers from 0 to 1 that follow from a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some of the elements, chosen by a seed, in their order. */
export function sampleOf<T>(elements: readonly T[], size: number, seed: number): readonly T[] {
  const random = randomOf(seed);
  const chosen = elements
    .map((element, at) => ({ element, at, key: random() }))
    .toSorted((one, other) => one.key - other.key)
    .slice(0, size);
  return chosen.toSorted((one, other) => one.at - other.at).map(({ element }) => element);
}

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1);

/** The test of a file's own name. */
const ownTest = (file: string): string => file.replace(/\.ts$/, '.test.ts');

/**
 * The selected tests in the order in which they are run: the expected file and those of the changed files, then those
 * in the same folders, then all others. A group runs only if those before it have found nothing.
 * @param selected test files
 */
export function groupsOf(
  { expected, changed }: Pick<Mutant, 'expected' | 'changed'>,
  selected: readonly string[],
): readonly (readonly string[])[] {
  const first = new Set([expected, ...changed.map(ownTest)]);
  const folders = changed.map(folderOf);
  const isBeside = (file: string): boolean => folders.some((each) => file.startsWith(each));
  const others = selected.filter((file) => !first.has(file));
  return [
    selected.filter((file) => first.has(file)),
    others.filter(isBeside),
    others.filter((file) => !isBeside(file)),
  ].filter((group) => group.length > 0);
}
