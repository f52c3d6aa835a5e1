import { dirname } from 'node:path';

/** An import of a file by another one. Paths relative to the project's folder. */
export type Import = { readonly from: string; readonly to: string };

/** By folder: the folders that its own files import, each with the first such import. */
type Graph = ReadonlyMap<string, ReadonlyMap<string, Import>>;

function graphOf(imports: readonly Import[]): Graph {
  const graph = new Map<string, Map<string, Import>>();
  for (const each of imports) {
    const [from, to] = [dirname(each.from), dirname(each.to)];
    if (from === to) continue;
    const needed = graph.get(from) ?? new Map<string, Import>();
    if (!needed.has(to)) needed.set(to, each);
    graph.set(from, needed);
  }
  return graph;
}

/** The shortest way from a folder back to itself, as imports; undefined if there is none. */
function circleFrom(graph: Graph, start: string): readonly Import[] | undefined {
  const reached = new Set<string>();
  let ways: readonly { readonly at: string; readonly by: readonly Import[] }[] = [{ at: start, by: [] }];
  while (ways.length > 0) {
    const longer = ways.flatMap(({ at, by }) =>
      [...(graph.get(at) ?? [])].map(([next, found]) => ({ at: next, by: [...by, found] })),
    );
    const back = longer.find(({ at }) => at === start);
    if (back !== undefined) return back.by;
    ways = longer.filter(({ at }) => !reached.has(at) && reached.add(at));
  }
  return undefined;
}

/**
 * Circles of folders that need each other, the shortest of each folder and each folder in one of them. A folder is the
 * files that are directly in it: a folder and one inside it are two.
 */
export function circlesOfFolders(imports: readonly Import[]): readonly (readonly Import[])[] {
  const graph = graphOf(imports);
  const named = new Set<string>();
  return [...graph.keys()].flatMap((folder) => {
    const circle = named.has(folder) ? undefined : circleFrom(graph, folder);
    for (const { from } of circle ?? []) named.add(dirname(from));
    return circle === undefined ? [] : [circle];
  });
}
