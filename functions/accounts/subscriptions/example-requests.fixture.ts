import { randomInt } from 'node:crypto';
import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';

/** A user, and the body of a list that watches another. */
async function watching(tenant: ExampleTenant) {
  const [watcher, watched] = [await newMember(tenant), await newMember(tenant)];
  await tenant.call('POST', `/users/${watched.user.id}`, { extension: String(randomInt(1e7, 1e8)) });
  return { params: { entity: 'blf', id: watcher.user.id }, body: { targets: [{ targetId: watched.user.id }] } };
}

/** A user with a list. */
async function watcher(tenant: ExampleTenant) {
  const { params, body } = await watching(tenant);
  await tenant.call('PUT', `/subscriptions/${params.entity}/${params.id}`, body);
  return { params };
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /subscriptions/{entity}/{id}': { prepare: watcher },
  'PUT /subscriptions/{entity}/{id}': { prepare: watching },
  'DELETE /subscriptions/{entity}/{id}': { prepare: watcher },
};
