import { randomInt } from 'node:crypto';
import type { Example, Place } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';

/** A user, and the body of a list that watches another. */
async function watching(place: Place) {
  const [watcher, watched] = [await newMember(place), await newMember(place)];
  await place.call('POST', `/users/${watched.user.id}`, { extension: String(randomInt(1e7, 1e8)) });
  return { params: { entity: 'blf', id: watcher.user.id }, body: { targets: [{ targetId: watched.user.id }] } };
}

/** A user with a list. */
async function watcher(place: Place) {
  const { params, body } = await watching(place);
  await place.call('PUT', `/subscriptions/${params.entity}/${params.id}`, body);
  return { params };
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /subscriptions/{entity}/{id}': { ask: watcher },
  'PUT /subscriptions/{entity}/{id}': { ask: watching },
  'DELETE /subscriptions/{entity}/{id}': { ask: watcher },
};
