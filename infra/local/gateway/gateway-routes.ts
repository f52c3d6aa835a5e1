import { stripBasePath } from '#contract/base-paths.ts';

/** A route of the API with the function behind it. */
export type Route = {
  /** `GET /siptrunk/{id}`, `ANY /errors` or `$default`. */
  readonly key: string;
  /** Name or ARN of the function. */
  readonly target: string;
  /** Milliseconds for the function's answer. */
  readonly timeout: number;
  /** Whether environments are reserved for its function: what it is asked needs processors. */
  readonly isReserved?: boolean;
};

export type RouteMatch = {
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
};

/** One segment in the tree of paths; children in the order in which they are matched. */
type Node = {
  readonly fixed: Map<string, Node>;
  variable: Node | undefined;
  /** Method → route that ends here. */
  readonly routes: Map<string, Route>;
  /** Method → route whose greedy variable matches the rest. */
  readonly greedy: Map<string, Route>;
};

type FoundRoute = { readonly route: Route; readonly values: readonly string[] };

const newNode = (): Node => ({ fixed: new Map(), variable: undefined, routes: new Map(), greedy: new Map() });
const isVariable = (segment: string): boolean => segment.startsWith('{');
const isGreedy = (segment: string): boolean => segment.endsWith('+}');

/**
 * Chooses routes as the HTTP API does: a fixed segment before a variable before a greedy variable, the
 * request's own method before `ANY`, and `$default` for the rest. HEAD is a method like any other.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function routeTable(routes: readonly Route[]): (method: string, path: string) => RouteMatch | null {
  const root = newNode();
  const fallback = routes.find(({ key }) => key === '$default');
  for (const route of routes) if (route !== fallback) insert(root, route);
  return (method, path) => {
    const segments = stripBasePath(path).slice(1).split('/');
    const found = find(root, method, segments) ?? find(root, 'ANY', segments);
    if (found) return { route: found.route, pathParameters: named(found) };
    return fallback ? { route: fallback, pathParameters: undefined } : null;
  };
}

const segmentsOf = ({ key }: Route): string[] => key.slice(key.indexOf('/') + 1).split('/');

function insert(root: Node, route: Route): void {
  const method = route.key.slice(0, route.key.indexOf(' '));
  const node = segmentsOf(route).reduce((parent, segment) => {
    if (isGreedy(segment)) return parent;
    if (isVariable(segment)) return (parent.variable ??= newNode());
    const child = parent.fixed.get(segment) ?? newNode();
    parent.fixed.set(segment, child);
    return child;
  }, root);
  (route.key.endsWith('+}') ? node.greedy : node.routes).set(method, route);
}

/** A variable matches one non-empty segment, a greedy one the non-empty rest, with a trailing slash. */
function find(node: Node, method: string, [segment, ...rest]: readonly string[]): FoundRoute | null {
  if (segment === undefined) {
    const route = node.routes.get(method);
    return route ? { route, values: [] } : null;
  }
  const fixed = node.fixed.get(segment);
  const exact = fixed && find(fixed, method, rest);
  if (exact) return exact;
  const below = segment !== '' && node.variable ? find(node.variable, method, rest) : null;
  if (below) return { route: below.route, values: [segment, ...below.values] };
  const greedy = node.greedy.get(method);
  const remainder = [segment, ...rest].join('/');
  return greedy && remainder !== '' ? { route: greedy, values: [remainder] } : null;
}

function named({ route, values }: FoundRoute): Record<string, string> | undefined {
  const names = segmentsOf(route)
    .filter(isVariable)
    .map((segment) => segment.replaceAll(/[{}+]/g, ''));
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}
