import { expect, test } from 'vitest';
import type { BindingItem } from '../../telephony/rows/binding.ts';
import { newResponse } from '#sip/build.ts';
import { newVia } from '#sip/via.ts';
import type { SipRequest } from '#sip/message.ts';
import { OwnedBindings } from './owned-bindings.ts';
import { PhonePings, type PhonePingsDependencies } from './phone-pings.ts';

const bindingOf = (device: string, line: number, registered_at: string): BindingItem => ({
  sip_username: `user-${line}`,
  contact_key: `${device}-${line}`,
  contact: `sip:user-${line}@192.0.2.1:5062`,
  device_id: device,
  line_number: line,
  owner: 'task_1',
  owner_address: '',
  registered_at,
  refreshed_at: registered_at,
  flow: {
    transport: 'udp',
    remote: { address: '192.0.2.1', port: 5_062 },
    local: { address: '192.0.2.2', port: 5_060 },
  },
  expires_at: '2026-11-20T12:00:00.000Z',
  call_id: '1',
  cseq: 1,
  user_agent: null,
  q: 1,
});

/** Pings of a device with two lines, whose phone answers with a status; null: its connection is closed. */
function pingsOf(status: number | null) {
  const context = { now: Date.parse('2026-11-20T10:00:00.000Z'), asked: [] as SipRequest[], written: [] as string[] };
  const owned = new OwnedBindings();
  for (const binding of [
    bindingOf('dev_1', 1, '2026-11-20T09:00:00.000Z'),
    bindingOf('dev_1', 2, '2026-11-20T09:30:00.000Z'),
  ])
    owned.set({ organization: 1_001, binding });
  const dependencies: PhonePingsDependencies = {
    domain: 'sip.example.com',
    owned,
    stack: {
      newTag: () => 'tag',
      via: () => newVia('UDP', 'sip.example.com', 5_060, 'z9hG4bK1'),
      request: (request, _flow, { onResponse }) => {
        context.asked.push(request);
        if (status !== null) onResponse(newResponse(request, { status }));
        return status !== null;
      },
    },
    context: {
      clock: () => new Date(context.now),
      random: () => 0.5,
      log: { request: () => undefined, fault: () => undefined, note: () => undefined },
      tryCommit: async (organization, writes) => {
        context.written.push(
          ...writes.map(({ render }) =>
            Object.values(render('table', organization, 0).Update?.ExpressionAttributeValues ?? {})
              .map(({ S }) => S)
              .join(),
          ),
        );
        return [];
      },
    },
  };
  const pings = new PhonePings(dependencies);
  const later = async (seconds: number): Promise<void> => {
    context.now += seconds * 1_000;
    await pings.pingDue();
    // Lets the answers be processed.
    await new Promise(setImmediate);
  };
  return { ...context, context, owned, later, pings };
}

test('a phone is pinged every two minutes at its newest line, and its quality is written once', async () => {
  const { asked, written, later } = pingsOf(405);
  await later(0);
  await later(100);
  expect(asked).toEqual([]);
  await later(6);
  expect(written).toEqual(['excellent']);
  await later(60);
  expect(asked.map(({ method, to }) => [method, to.uri])).toMatchObject([['OPTIONS', { user: 'user-2' }]]);
  await later(61);
  expect([asked.length, written.length]).toEqual([2, 1]);
});

test('a phone that does not answer has poor quality, and one without binding is not pinged', async () => {
  const { asked, written, owned, later } = pingsOf(null);
  await later(0);
  await later(106);
  expect(written).toEqual(['poor']);
  for (const line of [1, 2]) owned.delete(`dev_1-${line}`);
  await later(121);
  expect(asked.length).toBe(1);
});

test('a phone that its new owner has not heard of is pinged within 3 s', async () => {
  const { asked, owned, later } = pingsOf(200);
  for (const each of [...owned.all()]) owned.set({ ...each, isSilent: true });
  await later(0);
  await later(3);
  expect(asked).toHaveLength(1);
});

test('an answer after closing is not written', async () => {
  const { written, later, pings } = pingsOf(200);
  await later(0);
  const round = later(106);
  pings.close();
  await round;
  expect(written).toEqual([]);
});
