import { posix } from 'node:path';
import { reachedFrom, type ImportGraph } from './import-graph.ts';

/** Why a unit test is selected, as `npm run check` prints it after a number of files. */
export type Selected = { readonly file: string; readonly reason: string };

/** What `npm run check` checks, beside the types of all files. */
export type Selection = {
  readonly tests: readonly Selected[];
  /** Files to lint: what changed, and what imports it. */
  readonly lint: readonly string[];
  /** Files whose imports to check: what changed, and the contracts that load it. */
  readonly imports: readonly string[];
};

/** The lists by which what acts for the whole platform reads every contract, and what follows from them. */
const isList = (file: string): boolean =>
  /^functions\/([^/]+\/(consumers\/)?)?(contracts|([\w-]+-)?consumers)\.ts$/.test(file);

/** What the lists, and the proofs over all, read of a resource. */
const isDeclaration = (file: string): boolean =>
  isList(file) || /^functions\/.*(\/(contract|row|examples|example-requests\.fixture)\.ts$|\/rows\/)/.test(file);

const isUnitTest = (file: string): boolean =>
  file.endsWith('.test.ts') && !/^test\/(journeys|system|storms|soak|bench)\//.test(file);

/** Of what all files have in common. These tests read files and import none. */
const formProofs = ['form', 'repository', 'small-files', 'mutants'].map((name) => `test/checks/${name}.test.ts`);

/**
 * What a contract, a row or a list can break beyond its resource: these read those of the whole platform. The templates
 * are among them for their snapshot. The other tests that load all contracts are about constructs, bundles and
 * settings, which no resource changes; `npm test` runs them.
 */
const contractProofs = [
  'test/checks/descriptions.test.ts',
  'test/checks/endpoint-proofs.test.ts',
  'test/checks/event-catalogue.test.ts',
  'test/checks/forms.test.ts',
  'test/checks/global-names.test.ts',
  'test/infra/access-patterns.test.ts',
  'test/infra/built-endpoints.test.ts',
  'test/infra/openapi-routes.test.ts',
  'test/infra/shared-queues.test.ts',
  'test/infra/stored.test.ts',
  'test/infra/templates.test.ts',
];

function reasonOf(file: string, origin: string): string {
  if (file === origin) return 'changed';
  const folder = posix.dirname(origin);
  return posix.dirname(file) === folder ? `beside changed files of ${folder}` : `loading ${origin}`;
}

/**
 * Selects what a change can break. A test depends on what it loads: an import of types is gone when it runs, and the
 * compiler checks all files. What a resource decides, stores or declares reaches what acts for the whole platform
 * through the lists of contracts only, and stops there: for a declaration, the proofs over all contracts are added. A
 * change elsewhere, as in `shared` or `infra`, reaches all that loads it.
 * @param changed files, relative to the folder of the project
 */
export function selectionOf(graph: ImportGraph, changed: readonly string[]): Selection {
  const isOfResource = (file: string): boolean => file.startsWith('functions/') || isList(file);
  const loading = new Map([
    ...reachedFrom(
      graph.loaders,
      changed.filter((file) => !isOfResource(file)),
    ),
    ...reachedFrom(graph.loaders, changed.filter(isOfResource), (file) => !isList(file)),
  ]);
  const loaded = [...loading].filter(([file]) => graph.files.has(file));
  const sources = changed.filter((file) => graph.files.has(file));
  const importing = sources.flatMap((file) => [...(graph.importers.get(file) ?? [])]);
  const contracts = loaded.map(([file]) => file).filter((file) => file.endsWith('/contract.ts'));
  const cascades = new Set(loaded.flatMap(([file]) => (file.endsWith('/cascade.ts') ? [posix.dirname(file)] : [])));
  const besideCascades = [...graph.files].filter((file) => isUnitTest(file) && cascades.has(posix.dirname(file)));
  const tests = new Map([
    ...besideCascades.map((file) => [file, 'beside cascades, which are loaded by their name'] as const),
    ...formProofs.map((file) => [file, 'over the form of all files'] as const),
    ...(changed.some(isDeclaration) ? contractProofs : []).map((file) => [file, 'over all contracts'] as const),
    ...loaded.filter(([file]) => isUnitTest(file)).map(([file, origin]) => [file, reasonOf(file, origin)] as const),
  ]);
  return {
    tests: [...tests].map(([file, reason]) => ({ file, reason })),
    lint: [...new Set([...sources, ...importing])],
    imports: [...new Set([...sources, ...contracts])],
  };
}

/** Reasons to print; more of them are of less interest. */
const mostReasons = 8;

/** What is selected and why: a number of unit test files for each reason, the most frequent first. */
export function describeSelection({ tests, lint }: Selection): string {
  const byReason = [...Map.groupBy(tests, ({ reason }) => reason)].toSorted(
    ([, one], [, other]) => other.length - one.length,
  );
  const more = byReason.slice(mostReasons).flatMap(([, of]) => of);
  return [
    `Types of all files, lint of ${lint.length} files, unit tests in ${tests.length} files:`,
    ...byReason.slice(0, mostReasons).map(([reason, of]) => `  ${String(of.length).padStart(3)} ${reason}`),
    ...(more.length === 0 ? [] : [`  ${String(more.length).padStart(3)} loading other changed files`]),
  ].join('\n');
}
