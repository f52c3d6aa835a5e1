/** The scopes of credentials and the built-in roles (shared/http/authorization/README.md, "Roles and scopes"). */

const areas = [
  'users',
  'orgs',
  'telephony',
  'dialplan',
  'billing',
  'cdr',
  'messaging',
  'system',
  'files',
  'calls',
] as const;
type Area = (typeof areas)[number];

export type Scope = `${Area}:read` | `${Area}:write` | 'events:write' | 'recordings:read';

/** All 22 scopes, in the order in which answers list them. */
export const scopes: readonly Scope[] = [
  ...areas.flatMap((area): Scope[] => [`${area}:read`, `${area}:write`]),
  'events:write',
  'recordings:read',
];

/** What an endpoint requires: a scope, any valid credential, or nothing. */
export type Access = Scope | 'any' | 'public';

/** Organizations that a role reaches. `own`: that of the user; `children`: also those below it; `all`: every one. */
export type ReachOfRole = 'own' | 'children' | 'all';

export type Role = {
  readonly scopes: readonly Scope[];
  /** Those of `scopes` that cover the caller's own records only. */
  readonly ownOnly: readonly Scope[];
  readonly reach: ReachOfRole;
};

const reads = (...of: readonly Area[]): Scope[] => of.map((area): Scope => `${area}:read`);
const writes = (...of: readonly Area[]): Scope[] => of.map((area): Scope => `${area}:write`);

export const builtInRoles = {
  operator: { scopes, ownOnly: [], reach: 'all' },
  reseller: { scopes, ownOnly: [], reach: 'children' },
  admin: { scopes, ownOnly: [], reach: 'own' },
  manager: {
    scopes: [...reads(...areas), ...writes('users', 'telephony', 'dialplan', 'messaging', 'files', 'calls')],
    ownOnly: [],
    reach: 'own',
  },
  billing: {
    scopes: [...reads('billing', 'cdr', 'orgs', 'users'), ...writes('billing', 'cdr')],
    ownOnly: [],
    reach: 'own',
  },
  agent: {
    scopes: [
      ...reads('users', 'dialplan', 'telephony', 'calls', 'messaging', 'cdr', 'files'),
      ...writes('calls', 'messaging'),
    ],
    ownOnly: [...reads('telephony', 'calls', 'messaging', 'cdr', 'files'), ...writes('calls', 'messaging')],
    reach: 'own',
  },
  viewer: {
    scopes: reads('users', 'orgs', 'telephony', 'dialplan', 'cdr', 'calls', 'files'),
    ownOnly: [],
    reach: 'own',
  },
  ingest: { scopes: [...writes('cdr'), 'events:write'], ownOnly: [], reach: 'own' },
} as const satisfies Record<string, Role>;

/** Areas in which a role covers its holder's own records only. */
const limitedAreas: ReadonlySet<string> = new Set(
  Object.values(builtInRoles).flatMap(({ ownOnly }) => ownOnly.map((scope) => scope.split(':')[0] ?? '')),
);

/** Whether a scope may cover own records only. */
export const mayBeLimited = (scope: Access): boolean => limitedAreas.has(scope.split(':')[0] ?? '');

export type BuiltInRole = keyof typeof builtInRoles;

export const isBuiltInRole = (name: string): name is BuiltInRole => Object.hasOwn(builtInRoles, name);
