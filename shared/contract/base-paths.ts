/** Prefixes under which every path answers as well, the longest first (auth.md, "Paths"). */
export const basePaths = ['/api/v1', '/platform', '/v1.0', '/v1'] as const;

/** A path as contracts write it, whatever prefix it was asked under. */
export function stripBasePath(path: string): string {
  const base = basePaths.find((each) => path === each || path.startsWith(`${each}/`));
  return base === undefined ? path : path.slice(base.length) || '/';
}
