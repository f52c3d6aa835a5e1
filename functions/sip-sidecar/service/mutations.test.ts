import { expect, test } from 'vitest';
import { seededDraw } from '#sip/fuzz.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { ageingSidecar } from './ageing-sidecar.fixture.ts';
import { mutateFrames, mutateSubscribes, newSubscriber, nothingLeft } from './mutations.fixture.ts';

/** `npm run soak -- sip-mutations` sends a million. */

const task = ageingSidecar();

const expectNothingLeft = (): Promise<void> =>
  eventually(() => expect(task.sidecar.load()).toEqual(nothingLeft), 90_000);

test('2,000 mutated frames of WebSockets fail nothing, and leave no connection, dialog or transaction', async () => {
  const outcomes = await mutateFrames(task.sidecar, 100, seededDraw(6_455));
  expect(outcomes.answered).toBeGreaterThan(10);
  expect(outcomes.closed).toBeGreaterThan(10);
  await expectNothingLeft();
});

test('2,000 mutated SUBSCRIBEs with credentials fail nothing, and leave no subscription', async () => {
  const subscriber = await newSubscriber(task, '260');
  await mutateSubscribes(subscriber, 2_000, seededDraw(6_665));
  const { length } = subscriber.phone.notified;
  expect(length).toBeGreaterThan(50);
  // They expire, also those that were still in progress.
  await eventually(() => {
    if (task.sidecar.load().subscriptions > 0) task.advance(3_600_000);
    return task.sidecar.load().subscriptions === 0;
  }, 90_000);
  await expectNothingLeft();
});
