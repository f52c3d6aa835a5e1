/** Which methods a path supports, to tell an unknown path from an unsupported method (RFC 9110 §15.5.6). */

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

/** The methods that a path supports, in alphabetical order; none for an unknown path. */
export function methodsAt(endpoints: readonly KnownEndpoint[], path: string): readonly string[] {
  const matching = endpoints.filter((endpoint) => fits(endpoint.path, path));
  return [...new Set(matching.flatMap(({ method, head }) => (head === true ? [method, 'HEAD'] : [method])))].sort();
}

/** A path without its trailing slash; undefined if it has none. Always a path of this host. */
export function withoutTrailingSlash(path: string): string | undefined {
  const bare = path.replace(/\/+$/, '');
  if (bare === path || bare === '') return undefined;
  // Encoded again, with one leading slash: browsers follow a Location, and `//host` is another host.
  return `/${bare.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')}`;
}
