import { expect, test } from 'vitest';
import { ageingSidecar } from '#functions/sip-sidecar/service/ageing-sidecar.fixture.ts';
import {
  mutateFrames,
  mutateSubscribes,
  newSubscriber,
  nothingLeft,
} from '#functions/sip-sidecar/service/mutations.fixture.ts';
import { seededDraw } from '#sip/fuzz.fixture.ts';
import { eventually } from '../support/eventually.ts';

/** `SIP_MUTATIONS` sets another number of messages: 9 of 10 are frames of WebSockets, the others SUBSCRIBEs. */
const messages = Number(process.env['SIP_MUTATIONS'] ?? 1_000_000);
const framesPerConnection = 20;

const task = ageingSidecar();

test('a million mutated frames and SUBSCRIBEs fail nothing, and leave nothing', async () => {
  const connections = Math.ceil((0.9 * messages) / framesPerConnection);
  const outcomes = await mutateFrames(task.sidecar, connections, seededDraw(7_118));
  expect(outcomes.answered + outcomes.closed).toBe(connections);
  expect(outcomes.answered).toBeGreaterThan(connections / 10);
  await mutateSubscribes(await newSubscriber(task, '261'), Math.ceil(messages / 10), seededDraw(3_265));
  await eventually(() => {
    if (task.sidecar.load().subscriptions > 0) task.advance(3_600_000);
    expect(task.sidecar.load()).toEqual(nothingLeft);
  }, 90_000);
});
