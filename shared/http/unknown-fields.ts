import type { Endpoint } from '../contract/endpoint.ts';
import { fieldsOf, noFields, type Fields } from '../contract/fields.ts';
import { AppError, type ErrorDetail } from '../errors.ts';
import { organizationNames } from './authorization/named-organization.ts';

/**
 * Warnings about fields of a body and parameters of a query that the contract does not name: they have no effect, and a
 * misspelt one may cost money (shared/http/README.md, "Requests").
 */

const maxWarnings = 20;
/** Fields and list items that are looked at, so that a large body costs little. */
const maxVisited = 20_000;
/** Characters of a name that are repeated in a warning, and compared. */
const maxName = 64;

type Known = { readonly body: Fields; readonly query: ReadonlySet<string> };

const knownOf = new WeakMap<Endpoint, Known>();

/** What an endpoint names, and what all of them take: computed once. */
function known(endpoint: Endpoint): Known {
  const found = knownOf.get(endpoint);
  if (found !== undefined) return found;
  const { body, query = {}, params = {}, scope } = endpoint;
  const fields = body === undefined ? noFields : fieldsOf(body);
  const everywhere = scope === 'public' ? [] : organizationNames;
  const named = new Map([...[...everywhere, 'version'].map((name) => [name, noFields] as const), ...fields.named]);
  const all: Known = {
    body: { ...fields, named },
    // A variable of the path is in the query where a path cannot hold its value.
    query: new Set([...Object.keys(query), ...Object.keys(params), ...everywhere, 'accesskey']),
  };
  knownOf.set(endpoint, all);
  return all;
}

/** Letters and digits: `maxChannels` and `max-channels` are `max_channels`. */
const folded = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function distance(one: string, other: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const best = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      next.push(isSwapped ? Math.min(best, (beforeLast[column - 2] ?? 0) + 1) : best);
    }
    [beforeLast, last] = [last, next];
  }
  return last[other.length] ?? 0;
}

/** The known name that a client probably meant: one that differs in a third of its letters at most. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  const wanted = folded(name.slice(0, maxName));
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of names) {
    const text = folded(candidate);
    const most = Math.floor(Math.max(wanted.length, text.length) / 3);
    if (Math.abs(text.length - wanted.length) > most) continue;
    const far = distance(wanted, text);
    if (far <= most && far < (nearest?.distance ?? Infinity)) nearest = { name: candidate, distance: far };
  }
  return nearest?.name;
}

const hint = (nearest: string | undefined): string => (nearest === undefined ? '' : `; did you mean ${nearest}?`);
const shown = (name: string): string => (name.length > maxName ? `${name.slice(0, maxName)}…` : name);

/** An unknown name: where it is, and what was meant. */
type Unknown = { readonly what: 'field' | 'parameter'; readonly path: string; readonly hint: string };

type Walk = { readonly unknown: Unknown[]; readonly query: ReadonlySet<string>; visited: number };

const isDone = ({ unknown, visited }: Walk): boolean => unknown.length >= maxWarnings || visited > maxVisited;

function warnOfField(walk: Walk, path: string, name: string, names: Iterable<string>): void {
  const place = path === '' ? shown(name) : `${path}.${shown(name)}`;
  const nearest = nearestName(name, names);
  const elsewhere = nearest === undefined && walk.query.has(name) ? '; it is a parameter of the query' : hint(nearest);
  walk.unknown.push({ what: 'field', path: place, hint: elsewhere });
}

function walkList(walk: Walk, list: readonly unknown[], fields: Fields, path: string): void {
  for (const [at, item] of list.entries()) {
    walk.visited += 1;
    if (isDone(walk)) return;
    walkValue(walk, item, fields, `${path}[${at}]`);
  }
}

function walkObject(walk: Walk, value: object, fields: Fields, path: string): void {
  for (const [name, content] of Object.entries(value)) {
    walk.visited += 1;
    if (isDone(walk)) return;
    const inner = fields.named.get(name) ?? fields.values;
    if (inner === undefined) warnOfField(walk, path, name, fields.named.keys());
    else walkValue(walk, content, inner, path === '' ? name : `${path}.${name}`);
  }
}

function walkValue(walk: Walk, value: unknown, fields: Fields, path: string): void {
  if (fields.isFree || typeof value !== 'object' || value === null) return;
  const { items, named, values } = fields;
  if (Array.isArray(value)) {
    if (items !== undefined) walkList(walk, value, items, path);
    return;
  }
  // An object where the schema has none is an error of its own.
  if (named.size > 0 || values !== undefined) walkObject(walk, value, fields, path);
}

type Sent = { readonly query: Readonly<Record<string, string>>; readonly content: Readonly<Record<string, unknown>> };

/** One sentence for each unknown name of a request, at most 20. */
export const unknownFieldWarnings = (endpoint: Endpoint, sent: Sent): readonly string[] =>
  unknownNames(endpoint, sent).map(
    ({ what, path, hint: meant }) => `The ${what} ${path} is unknown and has no effect${meant}`,
  );

const detailsOf = (unknown: readonly Unknown[]): readonly ErrorDetail[] =>
  unknown.map(({ path, hint: meant }) => ({ path, message: `is unknown${meant}` }));

/** The unknown names of a body that lacks a required field: one of them may be that field, misspelt. */
export const unknownFieldDetails = (endpoint: Endpoint, content: Sent['content']): readonly ErrorDetail[] =>
  detailsOf(unknownNames(endpoint, { query: {}, content }));

/** `handling=strict` among the preferences of a request (RFC 7240, sections 2 and 4.4). */
const strict = /(?:^|,)\s*handling\s*=\s*"?strict"?\s*(?:[,;]|$)/i;

/** Whether unknown names are errors for the client instead of warnings. */
export const prefersStrict = (headers: Readonly<Record<string, string>>): boolean =>
  strict.test(headers['prefer'] ?? '');

/** @throws AppError INVALID_PARAMETER if a query has unknown parameters */
export function assertKnownParameters(endpoint: Endpoint, query: Sent['query']): void {
  const details = detailsOf(unknownNames(endpoint, { query, content: {} }));
  if (details.length === 0) return;
  const message = details.map(({ path, message: problem }) => `${path} ${problem}`).join('; ');
  throw new AppError('INVALID_PARAMETER', message, { details });
}

function unknownNames(endpoint: Endpoint, { query, content }: Sent): readonly Unknown[] {
  const parameters = Object.keys(query);
  if (parameters.length === 0 && Object.keys(content).length === 0) return [];
  const { body, query: names } = known(endpoint);
  const walk: Walk = { unknown: [], query: names, visited: 0 };
  for (const name of parameters) {
    if (isDone(walk)) break;
    if (names.has(name)) continue;
    walk.unknown.push({ what: 'parameter', path: shown(name), hint: hint(nearestName(name, names)) });
  }
  walkValue(walk, content, body, '');
  return walk.unknown;
}
