import { beforeAll, describe, expect, test } from 'vitest';
import { eventsOfCall } from '#infra/throughput.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import { eventsOf } from '#test/support/store.fixture.ts';
import { addOffice, registeredSoftphone } from './line-states.fixture.ts';
import { addPhoneLine } from './mailboxes.fixture.ts';
import { testSidecar } from './sidecar.fixture.ts';

/** The events of calls, which the model of throughput has (infra/README.md, "Throughput"). */

const organization = 1_001;
const task = testSidecar();
let ann: Softphone;
let bob: Softphone;

beforeAll(async () => {
  await addOffice(task.store, organization);
  const phoneAt = async (extension: string): Promise<Softphone> => {
    const line = { device: `dev_${extension}`, user: null, extension };
    const phone = await registeredSoftphone(task.sidecar, await addPhoneLine(task.store, line));
    task.everything.defer(() => phone[Symbol.dispose]());
    return phone;
  };
  [ann, bob] = [await phoneAt('201'), await phoneAt('202')];
});

/** The types of the events that are stored from the call of a phone until its CDR is sent, in their order. */
async function eventsOfOneCall(play: (call: SoftCall, called: () => Promise<SoftCall>) => Promise<unknown>) {
  const { sent } = task.sidecar.dependencies.queues;
  const [before, cdrs] = [(await eventsOf(task.store, organization)).length, sent.length];
  await play(ann.call('202'), () => bob.nextCall());
  await eventually(() => expect(sent.length).toBe(cdrs + 1), 20_000);
  return (await eventsOf(task.store, organization)).slice(before).map(({ type }) => type);
}

describe('a call', () => {
  test('that rings, has early media and is answered has the events of the model at most, without its CDR', async () => {
    bob.answers = 'wait';
    const types = await eventsOfOneCall(async (call, called) => {
      const came = await called();
      came.ring();
      came.beginMedia();
      came.answer();
      await eventually(() => expect(call.isUp).toBe(true));
      call.hangUp();
    });
    const states = ['created', 'trying', 'ringing', 'early', 'answered', 'hangup'];
    expect(types).toEqual(states.map((state) => `call.${state}`));
    expect(types.length).toBeLessThanOrEqual(eventsOfCall - 1);
  });

  test('that is not answered has at most as many', async () => {
    bob.answers = 'ring';
    const types = await eventsOfOneCall(async (call, called) => {
      await called();
      call.hangUp();
    });
    expect(types).toEqual(['call.created', 'call.trying', 'call.ringing', 'call.hangup']);
    expect(types.length).toBeLessThanOrEqual(eventsOfCall - 1);
  });
});
