import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Which files import a file. Names are relative to the folder of the project. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

/** An import, an export from, a dynamic import, or the address of another file: a worker, or a program. */
const specifiers = /(?:\bfrom |\bimport\(|\bimport |\bnew URL\()'([.#][^']+)'/g;

/** The file that a specifier names, by `imports` in package.json. */
const resolved = (from: string, specifier: string): string =>
  specifier.startsWith('.')
    ? posix.join(posix.dirname(from), specifier)
    : specifier.replace(/^#(?=(?:bin|functions|infra|test)\/)/, '').replace(/^#/, 'shared/');

/** The imports of all TypeScript files of the project in `folder`. */
export function importGraph(folder: string): ImportGraph {
  const graph = new Map<string, Set<string>>();
  for (const file of globSync(['*.ts', '{bin,functions,infra,shared,test}/**/*.ts'], { cwd: folder })) {
    if (!graph.has(file)) graph.set(file, new Set());
    for (const [, specifier = ''] of readFileSync(join(folder, file), 'utf8').matchAll(specifiers)) {
      const imported = resolved(file, specifier);
      graph.set(imported, (graph.get(imported) ?? new Set()).add(file));
    }
  }
  return graph;
}

/** The lists of contracts, by which what acts for the whole platform imports every contract. */
const isList = (file: string): boolean => /^functions\/([^/]+\/)?(contracts|consumers)\.ts$/.test(file);

/** Outside of contracts, rows and what all share, a change does not reach what only follows from the lists. */
const isLeaf = (file: string): boolean =>
  file.startsWith('functions/') && !isList(file) && !/\/(contract|row|derived)\.ts$|\/rows\//.test(file);

/**
 * The files that import any of `changed`, directly or through others, and those themselves. What acts for the whole
 * platform, as templates and documents, follows from contracts; a change of what one resource decides or stores does
 * not reach it through the lists of contracts. `npm test` checks all.
 */
export function affectedFiles(graph: ImportGraph, changed: readonly string[]): ReadonlySet<string> {
  const reach = (start: readonly string[], passes: (file: string) => boolean): readonly string[] => {
    const seen = new Set(start);
    for (const file of seen) if (passes(file)) for (const importer of graph.get(file) ?? []) seen.add(importer);
    return [...seen];
  };
  const leaves = changed.filter(isLeaf);
  const declarations = changed.filter((file) => !isLeaf(file));
  return new Set(
    [...reach(leaves, (file) => !isList(file)), ...reach(declarations, () => true)].filter((file) => graph.has(file)),
  );
}
