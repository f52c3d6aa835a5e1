import { beforeEach, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { second } from '#schema/time.ts';
import { sweeperHandler } from './handler.ts';
import { pointerStore, type PointerStore } from './pointer-store.fixture.ts';

let dependencies: ReturnType<typeof testDependencies>;
let events: PointerStore;

/** Stores a pending event of the present. */
function recordEvent(): void {
  const { nextId, now } = dependencies;
  const record = recorder({ origin: systemOrigin, organization: 1001, now, nextId });
  const event = record('trunk.deleted', { entity: { type: 'trunk', id: 'trunk_1' }, description: 'deleted' });
  events.put([event.render('table', 1001, 0).Put?.Item ?? {}]);
}

beforeEach(() => {
  events = pointerStore(() => undefined);
  dependencies = testDependencies(events.store);
  recordEvent();
});

/** Queues that the sweeper sent to after some time. */
async function sentAfter(seconds: number): Promise<string[]> {
  dependencies.now = new Date(dependencies.now.getTime() + seconds * second);
  await sweeperHandler(dependencies)({ time: '' });
  return dependencies.queues.sent.map(({ queue }) => queue);
}

test('an event is queued again when it is pending for more than 30 seconds', async () => {
  expect(await sentAfter(29)).toEqual([]);
  expect(await sentAfter(2)).toEqual(['event-seal']);
});

test('nothing is added to a long queue', async () => {
  dependencies.queues.waiting = 1_001;
  expect(await sentAfter(60)).toEqual([]);
});
