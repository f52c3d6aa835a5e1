import type { KnownEndpoint } from './known-paths.ts';

/** The known path that an unknown one probably means. It is a template: nothing of the request is repeated. */

const isVariable = (segment: string): boolean => segment.startsWith('{');

/** Longer requests are compared by their beginning, so that one costs a bounded time. */
const longest = { segments: 8, segment: 40 } as const;

/** The fewest insertions, deletions and replacements of characters that make one text of the other. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let line = 0; line < from.length; line += 1) {
    const next = [line + 1];
    for (let at = 1; at <= to.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (from[line] === to[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** The part of a segment that differs, from 0 to 1. Case, `-` and `_` make no difference; a variable fits any. */
function difference(given: string | undefined, wanted: string | undefined): number {
  if (given === undefined || wanted === undefined) return 1;
  if (isVariable(wanted)) return 0.25;
  const [a, b] = [given, wanted].map((text) => text.toLowerCase().replaceAll(/[-_]/g, '')) as [string, string];
  // Less than nothing at all, so that a path that differs in its spelling is near.
  return a === b ? 0.1 * Number(given !== wanted) : editDistance(a, b) / Math.max(a.length, b.length);
}

/** Segments that may differ wholly: half of one, so `/user/me` is near `/users/{id}`, and `/wp-admin` near nothing. */
const farthest = 0.75;

/**
 * @param path without the base path
 * @returns undefined if no path is near
 */
export function nearestPath(endpoints: readonly KnownEndpoint[], path: string): string | undefined {
  const given = path
    .split('/')
    .slice(1, longest.segments + 1)
    .map((segment) => segment.slice(0, longest.segment));
  let [nearest, least] = [undefined as string | undefined, farthest];
  for (const known of new Set(endpoints.map((endpoint) => endpoint.path))) {
    const wanted = known.split('/').slice(1);
    const segments = Math.max(given.length, wanted.length);
    let distance = 0;
    for (let at = 0; at < segments && distance < least; at += 1) distance += difference(given[at], wanted[at]);
    if (distance < least) [nearest, least] = [known, distance];
  }
  return nearest;
}
