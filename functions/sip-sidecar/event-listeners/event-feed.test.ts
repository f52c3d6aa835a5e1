import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { idAt } from '#dynamodb/ulid.ts';
import { contextOf } from '#runtime/background-context.ts';
import { second } from '#schema/time.ts';
import { sipSidecar } from '../contract.ts';
import { EventFeed } from './event-feed.ts';

const running = testStore();

let organizations = 3_000;
/** A feed on an injected clock, and events of its organization. */
function newFeed() {
  organizations += 1;
  const organization = organizations;
  const dependencies = testDependencies(running.store);
  const context = contextOf(sipSidecar, dependencies);
  const feed = new EventFeed(context);
  /** Stores an event whose id is some milliseconds old. */
  const record = async (name: string, age = 0): Promise<string> => {
    const id = idAt(context.nextId('evt'), dependencies.now.getTime() - age);
    const entity = { type: 'phone', id: name };
    await commit(running.store, organization, [
      context.recorderOf(organization)('phone.registered', { id, entity, description: name }),
    ]);
    return id;
  };
  const received: string[] = [];
  const listen = (since?: string) =>
    feed.listen(organization, (event) => received.push(event.entity.id), ...(since === undefined ? [] : [since]));
  const pass = (milliseconds: number): void =>
    void (dependencies.now = new Date(dependencies.now.getTime() + milliseconds));
  return { feed, record, received, listen, pass };
}

test('a listener gets each event once, from when it began to listen', async () => {
  const { feed, record, received, listen, pass } = newFeed();
  await record('before');
  await listen();
  await record('one');
  await feed.poll();
  await feed.poll();
  pass(second);
  await record('two');
  await feed.poll();
  pass(10 * second);
  await feed.poll();
  expect(received).toEqual(['one', 'two']);
});

test('an event that is stored late is delivered', async () => {
  const { feed, record, received, listen, pass } = newFeed();
  await listen();
  pass(10 * second);
  await record('new');
  await feed.poll();
  await record('late', 4 * second);
  await feed.poll();
  expect(received).toEqual(['new', 'late']);
});

test('a client that names the last event that it has gets those after it, each once', async () => {
  const { feed, record, received, listen, pass } = newFeed();
  await record('too old', 301 * second);
  const last = await record('last', 100 * second);
  await record('missed', 90 * second);
  await record('recent', second);
  await listen(last);
  expect(received).toEqual(['missed', 'recent']);
  pass(second);
  await record('new');
  await feed.poll();
  expect(received).toEqual(['missed', 'recent', 'new']);
});

test('what is stored while a client comes back reaches each listener once', async () => {
  const { feed, record, received, listen } = newFeed();
  await listen();
  const last = await record('last', 100 * second);
  await record('unread');
  await listen(last);
  expect(received).toEqual([]);
  await feed.poll();
  expect(received).toEqual(['unread', 'unread']);
});

test('an organization is read only while someone listens', async () => {
  const { feed, listen } = newFeed();
  const [one, other] = [await listen(), await listen()];
  expect(feed.size).toBe(1);
  one();
  expect(feed.size).toBe(1);
  other();
  other();
  expect(feed.size).toBe(0);
});
