import { contracts } from '#functions/contracts.ts';
import { comparesRights } from '#contract/acts-on.ts';
import { builtInRoles } from '#contract/scopes.ts';
import type { Api } from '../support/api.ts';
import { newKey, uniqueName, type AdministeredTenant } from '../system/tenant.fixture.ts';

/** A request to each endpoint that changes an account, and accounts that it would change. */

/** The routes of these endpoints. */
export const guarded = contracts
  .flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []))
  .filter(({ actsOn }) => comparesRights(actsOn))
  .map(({ route }) => route as string)
  .toSorted();

export type Target = {
  readonly user: string;
  /** Another user with the same role, who has no password yet. */
  readonly invitee: string;
  readonly key: string;
  /** A group of which it is a member. */
  readonly group: string;
  /** A group of which it is no member. */
  readonly other: string;
  readonly organization: string;
};
export type Attempt = { readonly path: (of: Target) => string; readonly json?: (of: Target) => object };

const access: Attempt = { path: ({ user }) => `/clientaccess/${user}`, json: () => ({ status: 'disabled' }) };
const entry: Attempt = {
  path: ({ user }) => `/clientdirectory/${user}`,
  json: () => ({ displayName: 'Taken', email: `${uniqueName('taken')}@example.com` }),
};

/** An accepted request of each, which changes the target. */
export const attempts: Readonly<Record<string, Attempt>> = {
  'DELETE /accesskeys/{id}': { path: ({ key }) => `/accesskeys/${key}` },
  'DELETE /clientaccess/{entity}': { path: access.path },
  'DELETE /clientdirectory/{entity}': { path: entry.path },
  'DELETE /groups/{id}/members/{userId}': { path: ({ group, user }) => `/groups/${group}/members/${user}` },
  'DELETE /subscriptions/{entity}/{id}': { path: ({ user }) => `/subscriptions/blf/${user}` },
  'DELETE /userforeignid/{orgId}/{userId}/{type}': {
    path: ({ organization, user }) => `/userforeignid/${organization}/${user}/crm`,
  },
  'DELETE /users/{id}': { path: ({ user }) => `/users/${user}` },
  'POST /clientaccess/{entity}': access,
  'POST /clientdirectory/{entity}': entry,
  'POST /users/{id}': { path: ({ user }) => `/users/${user}`, json: () => ({ email: 'taken@example.com' }) },
  'POST /users/{id}/invitation': {
    path: ({ invitee }) => `/users/${invitee}/invitation`,
    json: () => ({ send: false }),
  },
  'POST /users/{id}/password': {
    path: ({ user }) => `/users/${user}/password`,
    json: () => ({ new_password: 'Amber-Falcon-Ridge-9' }),
  },
  'PUT /auth/salesforce/{orgId}': {
    path: ({ organization }) => `/auth/salesforce/${organization}`,
    json: () => ({
      client_id: 'c',
      client_secret: 's',
      login_url: 'https://acme.my.salesforce.com',
      redirect_uris: ['https://portal.example.com/sso'],
    }),
  },
  'PUT /clientaccess/{entity}': access,
  'PUT /clientdirectory/{entity}': { path: entry.path, json: () => ({ presence: { status: 'dnd' } }) },
  'PUT /groups/{id}/members': {
    path: ({ other }) => `/groups/${other}/members`,
    json: ({ user }) => ({ user_ids: [user] }),
  },
  'PUT /permissions/{entity}': {
    path: ({ user }) => `/permissions/${user}`,
    json: () => ({ permissions: [{ permission: 'users.read', granted: true }] }),
  },
  'PUT /subscriptions/{entity}/{id}': {
    path: ({ user }) => `/subscriptions/blf/${user}`,
    json: () => ({ targets: [{ targetExtension: '4001' }] }),
  },
  'PUT /userforeignid/{orgId}/{userId}': {
    path: ({ organization, user }) => `/userforeignid/${organization}/${user}`,
    json: () => ({ foreignIds: [{ foreignIdType: 'sso', foreignId: uniqueName('mine') }] }),
  },
};

/** A user with everything that the attempts need. */
export async function newTarget(api: Api, tenant: AdministeredTenant, role: string): Promise<Target> {
  const { people } = api;
  const member = await people.join(tenant.organization, role);
  const invitee = await people.join(tenant.organization, role, { status: 'pending' });
  const { id } = member.user;
  const { ask } = tenant;
  const { id: key } = await newKey(api, await people.signIn(member));
  const [group, other] = await Promise.all(
    ['a', 'b'].map(async () => {
      const { body } = await ask('PUT', '/groups', { name: uniqueName('group') });
      return (body as { data: { id: string } }).data.id;
    }),
  );
  await ask('PUT', `/groups/${group}/members`, { user_ids: [id] });
  await ask('PUT', `/userforeignid/${tenant.id}/${id}`, {
    foreignIds: [{ foreignIdType: 'crm', foreignId: uniqueName('id') }],
  });
  await ask('PUT', `/subscriptions/blf/${id}`, { targets: [{ targetExtension: '4001' }] });
  return { user: id, invitee: invitee.user.id, key, group: group ?? '', other: other ?? '', organization: tenant.id };
}

/** The session of a manager with the rights to change users and the organization, but not all others. */
export async function managerSession({ people }: Api, { organization }: AdministeredTenant): Promise<string> {
  const member = await people.join(organization, 'manager', { permissions: { 'orgs:write': true } });
  return people.signIn(member, { scopes: [...builtInRoles.manager.scopes, 'orgs:write'] });
}
