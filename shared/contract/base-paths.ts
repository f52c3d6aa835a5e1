/** Prefixes that every path may have, the longest first (shared/http/README.md, "Paths"). */
export const basePaths = ['/api/v1', '/platform', '/v1.0', '/v1'] as const;

/** A path without its prefix, as contracts declare it. */
export function stripBasePath(path: string): string {
  const base = basePaths.find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return base === undefined ? path : path.slice(base.length) || '/';
}
