import { contracts } from '#functions/contracts.ts';
import { isOpenWhileClosed } from '#contract/changes.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import { builtInRoles, type BuiltInRole, type Scope } from '#contract/scopes.ts';
import { examples } from './examples.ts';

/** Who may call which endpoint, derived from contracts and roles. */

export const roles = Object.keys(builtInRoles) as BuiltInRole[];
/**
 * Scopes granted in addition to built-in roles: by a role that the organization defined, and by a reseller's access
 * key.
 */
export const granted = {
  'own role': ['telephony:read', 'cdr:read'],
  'access key': ['telephony:read', 'dialplan:write', 'cdr:read'],
} as const satisfies Record<string, readonly Scope[]>;
/** Callers who are rejected because of their credential, user, organization or password. */
const states = [
  'none',
  'expired',
  'revoked',
  'disabled',
  'closed',
  'other tenant',
  'suspended',
  'password due',
  'in a closed one',
] as const;
const grants = Object.keys(granted) as (keyof typeof granted)[];
export const columns = [...roles, ...grants, ...states] as const;
export type Column = (typeof columns)[number];

/** `open`: needs no credential. `own`: own records only. `rule`: has the scope, but the record forbids it (403). */
export type Cell = 'open' | 'yes' | 'own' | 'rule' | '403' | '401';

export const endpoints: readonly Endpoint[] = contracts.flatMap((contract) =>
  contract.kind === 'resource' ? contract.endpoints : [],
);

const isRole = (column: Column): column is BuiltInRole => Object.hasOwn(builtInRoles, column);

function cellOfRole({ scope, sellersOnly }: Endpoint, role: BuiltInRole): Cell {
  const { scopes, ownOnly, reach } = builtInRoles[role];
  const holds = (list: readonly string[]): boolean => list.includes(scope);
  if (scope !== 'any' && !holds(scopes)) return '403';
  if (sellersOnly === true && reach === 'own') return '403';
  return holds(ownOnly) ? 'own' : 'yes';
}

const isGrant = (column: Column): column is keyof typeof granted => Object.hasOwn(granted, column);

function cellOfGrant({ scope, sellersOnly, sessionOnly }: Endpoint, grant: keyof typeof granted): Cell {
  const scopes: readonly Scope[] = granted[grant];
  if (scope !== 'any' && scope !== 'public' && !scopes.includes(scope)) return '403';
  const isKey = grant === 'access key';
  return (sessionOnly === true && isKey) || (sellersOnly === true && !isKey) ? '403' : 'yes';
}

function cellOfState(endpoint: Endpoint, state: (typeof states)[number]): Cell {
  switch (state) {
    case 'none':
    case 'expired':
    case 'revoked':
    case 'disabled':
    case 'closed':
      return '401';
    case 'other tenant':
      return '403';
    case 'suspended':
      return endpoint.whileSuspended === true ? 'yes' : '403';
    case 'in a closed one':
      return isOpenWhileClosed(endpoint) ? 'yes' : '403';
    case 'password due':
      return endpoint.whilePasswordExpired === true ? 'yes' : '403';
  }
}

/** The cell of an endpoint in a column. */
export function cellOf(endpoint: Endpoint, column: Column): Cell {
  if (endpoint.scope === 'public') return 'open';
  const exception = examples[endpoint.route]?.cells?.[column];
  if (exception !== undefined) return exception;
  if (isGrant(column)) return cellOfGrant(endpoint, column);
  return isRole(column) ? cellOfRole(endpoint, column) : cellOfState(endpoint, column);
}

const legend = `Who may call which endpoint. Derived from the contracts and the roles; to update it:
npx vitest run --project unit test/checks/endpoint-proofs.test.ts -u
Every cell is a request in test/proofs/authorization.test.ts.

open  needs no credential         yes   allowed: neither 401 nor 403
own   allowed, own records only   rule  has the scope, but the record forbids it: 403
403   rejected                    401   rejected: no valid credential

A role works in its own organization, operator in its tenant's. "own role": one that the organization made, with
${granted['own role'].join(' and ')}. "access key": of a reseller, with ${granted['access key'].join(', ')}.
"disabled": the user is. "closed", "suspended": the caller's own organization is. "password due": it must be changed
first. "other tenant": a reseller elsewhere with every scope names this organization. "in a closed one": the
operator names a closed organization.`;

const widths = [38, ...columns.map((column) => Math.max(4, column.length))];
const line = (texts: readonly string[]): string =>
  texts
    .map((text, at) => text.padEnd(widths[at] ?? 0))
    .join('  ')
    .trimEnd();

/** The whole matrix as text, sorted by path. */
export function matrixText(): string {
  const inOrder = endpoints.toSorted((one, other) =>
    `${one.path} ${one.method}` < `${other.path} ${other.method}` ? -1 : 1,
  );
  const rows = inOrder.map((endpoint) => line([endpoint.route, ...columns.map((column) => cellOf(endpoint, column))]));
  return `${legend}\n\n${line(['endpoint', ...columns])}\n${rows.join('\n')}\n`;
}
