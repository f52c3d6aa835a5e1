import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** By file: the files that name it. Names are relative to the folder of the project. */
type Importers = ReadonlyMap<string, ReadonlySet<string>>;

export type ImportGraph = {
  /** All files of the project. */
  readonly files: ReadonlySet<string>;
  /** Which files import a file, be it for its types only. */
  readonly importers: Importers;
  /** Which files load a file when they run: an import of types is gone then, and changes no result of a test. */
  readonly loaders: Importers;
};

/** An import or an export from, which the formatter puts at the beginning of a line. */
const statement = /^(?:import|export)( type)? (?:[^;'"=()]*\bfrom )?'([.#][^']+)'/gm;

/** A dynamic import, the address of another file (a worker, a program, JSON), or the file of a snapshot. */
const call = /\b(?:(?:import|new URL)\(\s*'([.#][^']+)|toMatchFileSnapshot\(\s*'([^']+))'/g;

/** The file that a specifier names, by `imports` in package.json. */
const resolved = (from: string, specifier: string): string =>
  specifier.startsWith('#')
    ? specifier.replace(/^#(?=(?:bin|functions|infra|test)\/)/, '').replace(/^#/, 'shared/')
    : posix.join(posix.dirname(from), specifier);

type Named = { readonly name: string; readonly isType: boolean };

const namesIn = (from: string, text: string): readonly Named[] => [
  ...[...text.matchAll(statement)].map(([, type, specifier = '']) => ({
    name: resolved(from, specifier),
    isType: type !== undefined,
  })),
  ...[...text.matchAll(call)].map(([, specifier, snapshot = '']) => ({
    name: resolved(from, specifier ?? snapshot),
    isType: false,
  })),
];

const sources = ['*.ts', '{bin,functions,infra,shared,test}/**/*.{ts,tsx}'];

/** The imports of all TypeScript files of the project in `folder`. */
export function importGraph(folder: string): ImportGraph {
  const files = new Set(globSync(sources, { cwd: folder }).toSorted());
  const [importers, loaders] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  const add = (to: Map<string, Set<string>>, name: string, from: string) =>
    to.set(name, (to.get(name) ?? new Set()).add(from));
  const named = [...files].flatMap((file) =>
    namesIn(file, readFileSync(join(folder, file), 'utf8')).map((each) => ({ ...each, file })),
  );
  for (const { name, isType, file } of named) {
    add(importers, name, file);
    if (!isType) add(loaders, name, file);
  }
  return { files, importers, loaders };
}

/**
 * What names any of `changed`, directly or through others, and those themselves, each with the changed file that is
 * nearest to it.
 * @param passes whether what names a file counts as well
 */
export function reachedFrom(
  graph: Importers,
  changed: readonly string[],
  passes: (file: string) => boolean = () => true,
): ReadonlyMap<string, string> {
  const origins = new Map(changed.map((file) => [file, file]));
  for (const [file, origin] of origins) {
    const next = passes(file) ? (graph.get(file) ?? []) : [];
    for (const importer of next) if (!origins.has(importer)) origins.set(importer, origin);
  }
  return origins;
}

/** What `files` load when they run, directly or through others, and those themselves. */
export function loadedBy({ loaders }: ImportGraph, files: readonly string[]): ReadonlySet<string> {
  const imports = new Map<string, string[]>();
  for (const [file, from] of loaders) for (const each of from) imports.set(each, [...(imports.get(each) ?? []), file]);
  const loaded = new Set(files);
  for (const file of loaded) for (const each of imports.get(file) ?? []) loaded.add(each);
  return loaded;
}
