import { afterAll, beforeAll, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { expectHeard, speakerOf, type Speaker } from '../relayed-calls.fixture.ts';
import { allCdrs, liveCalls, sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, newSoftphones } from '../softphones.fixture.ts';

/** Phones over UDP that vanish in calls whose media rtpengine relays: without power or network they send no BYE. */

needs('rtpengine');

let cloud: TaskCloud;
let speakers: readonly Speaker[] = [];
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const made = await newSoftphones(cloud.tenant, ['201', '202', '203', '204', '205', '206'], cloud.tasks[0]);
  speakers = await Promise.all(made.map(({ phone }) => speakerOf(phone)));
});
afterAll(() => {
  for (const each of speakers.filter((one) => !closed.has(one))) close(each);
});

const closed = new Set<Speaker>();
function close(speaker: Speaker): void {
  closed.add(speaker);
  speaker.phone[Symbol.dispose]();
  speaker.party[Symbol.dispose]();
}

/** A call of one of the speakers to the next one, in which both have been heard. */
async function callOf(at: number) {
  const [from, to] = speakers.slice(at) as [Speaker, Speaker];
  const extension = String(202 + at);
  const { caller, callee } = await converse(from.phone, to.phone, extension);
  await expectHeard([from, caller], [to, callee]);
  /** The CDR, when there is one. */
  const cdr = () =>
    eventually(async () => {
      const [found] = (await allCdrs(cloud.tenant)).filter((each) => each['callee'] === extension);
      expect(found).toBeDefined();
      return { ...found, end: Date.parse(String(found?.['end_time'])) };
    }, 180_000);
  return { from, to, caller, callee, cdr };
}

test('is billed to its last sign of life, or to the last one of the other party', async () => {
  const [vanished, heard, silent] = [await callOf(0), await callOf(2), await callOf(4)];
  for (const { from } of [vanished, heard]) close(from);
  vanished.to.party.silence();
  const at = Date.now();
  // Nothing is said, but a request comes: what a call costs begins no new silence.
  silent.from.party.silence();
  silent.to.party.silence();
  await silent.caller.session.info('application/x-nothing', Buffer.alloc(0));
  const asked = Date.now();

  const over = await vanished.cdr();
  // A relay counts in whole seconds.
  expect(over.end).toBeLessThan(at + 2 * second);
  expect(over.end).toBeGreaterThan(at - 20 * second);
  expect(over).toMatchObject({ disposition: 'ANSWERED' });

  // It is over a minute later only: the callee has spoken until then.
  const listened = await heard.cdr();
  expect(listened.end).toBeGreaterThan(at + 40 * second);
  expect(heard.callee.log.at(-1)).toBe('ended by peer');

  const last = await silent.cdr();
  expect(last.end).toBeLessThan(asked + 2 * second);
  expect(last.end).toBeGreaterThanOrEqual(over.end - second);
  expect(await liveCalls(cloud)).toEqual([]);
});
