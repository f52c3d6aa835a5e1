import type { Effect } from './effects.ts';
import type { Endpoint } from './endpoint.ts';
import type { Entity } from './entities.ts';
import { fieldsOf, namesIn } from './fields.ts';

/**
 * Whose account an endpoint changes: what a user is, what it may do, or how it signs in. A caller that has less rights
 * than that user is rejected (403 `CANNOT_MANAGE_USER`; shared/http/authorization/README.md).
 *
 * - `{ path }`: the user whose id the path variable has; the pipeline checks it before the handler runs
 * - `found`: users that the handler finds; it calls `assertManages`, and no change is committed without
 * - `everyone`: all users of the organization; the pipeline demands the rights of its administrators
 * - `self`: the caller, or the owner of the secret in the request
 * - `{ none }`: no account, for the reason given
 */
export type ActsOn = { readonly path: string } | 'found' | 'everyone' | 'self' | { readonly none: string };

/** The path variable with the id of the user. */
export const userVariable = (actsOn: ActsOn | undefined): string | undefined =>
  typeof actsOn === 'object' && 'path' in actsOn ? actsOn.path : undefined;

/** Whether the pipeline or the handler compares the rights of the caller with those of others. */
export const comparesRights = (actsOn: ActsOn | undefined): boolean =>
  actsOn === 'found' || actsOn === 'everyone' || userVariable(actsOn) !== undefined;

/** What users are, what they may do and how they sign in. */
const ofUsers: ReadonlySet<Entity> = new Set([
  'accesskey',
  'challenge',
  'credential',
  'directory',
  'foreignid',
  'group',
  'groupmember',
  'lockout',
  'mailbox-pin',
  'passwordreset',
  'role',
  'salesforce',
  'session',
  'subscription',
  'temptoken',
  'user',
] satisfies Entity[]);

const namesUser = (name: string): boolean => /(?:^|_)user_?ids?$|userIds?$/i.test(name);

const inRequest = ({ params = {}, query = {}, body }: Endpoint): string[] => [
  ...Object.keys(params),
  ...Object.keys(query),
  ...(body === undefined ? [] : namesIn(fieldsOf(body))),
];

const writtenOf = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'writes' && ofUsers.has(effect.entity) ? [effect.entity] : []));

/** Why an endpoint that changes something may change a user; undefined if it cannot. */
export function touchesUser(endpoint: Endpoint): string | undefined {
  const [entity] = writtenOf(endpoint.effects);
  if (entity !== undefined) return `writes ${entity}`;
  const name = inRequest(endpoint).find(namesUser);
  return name === undefined ? undefined : `takes ${name}`;
}
