/** What answers at which path: for telling a wrong path from a wrong method (RFC 9110 §15.5.6). */

export type KnownEndpoint = { readonly method: string; readonly path: string; readonly head?: true };

const isVariable = (segment: string): boolean => segment.startsWith('{');
const isGreedy = (segment: string): boolean => segment.endsWith('+}');

function fits(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  if (!isGreedy(template) && wanted.length !== given.length) return false;
  return wanted.every((segment, at) => {
    if (isGreedy(segment)) return given.slice(at).join('/') !== '';
    return isVariable(segment) ? (given[at] ?? '') !== '' : segment === given[at];
  });
}

/** The methods that a path answers, in alphabetical order; none when nothing is there. */
export function methodsAt(endpoints: readonly KnownEndpoint[], path: string): readonly string[] {
  const there = endpoints.filter((endpoint) => fits(endpoint.path, path));
  return [...new Set(there.flatMap(({ method, head }) => (head === true ? [method, 'HEAD'] : [method])))].sort();
}

/** Where a path with a trailing slash is answered, or undefined for one without. Always a path of this host. */
export function withoutTrailingSlash(path: string): string | undefined {
  const bare = path.replace(/\/+$/, '');
  if (bare === path || bare === '') return undefined;
  // Encoded anew, with a single slash in front: a Location is read by browsers, and `//host` would lead elsewhere.
  return `/${bare.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')}`;
}
