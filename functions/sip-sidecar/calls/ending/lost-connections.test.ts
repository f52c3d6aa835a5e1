import { expect, test } from 'vitest';
import type { Session } from '#sip/session/session.ts';
import { sipUri } from '#sip/uri.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import type { Flow } from '../../transport/flow.ts';
import { newCall } from '../call/call.ts';
import { LostConnections, type ConnectedCall } from './lost-connections.ts';
import { PhoneSender } from '../legs/phone-sender.ts';
import type { Target } from '../routing/target.ts';

const begin = Date.parse('2026-11-22T10:00:00.000Z');
const local = { address: '10.0.0.1', port: 5_060 };

/** A connection of a phone. */
const connection = (id: string, address = '192.0.2.1'): Flow & { readonly connection: string } => ({
  transport: 'wss',
  local,
  connection: id,
  remote: { address, port: 40_000 },
});

/** A call whose caller, or callee, has a connection, and the seconds after which it is lost. */
function connectedCall(flow: Flow = connection('first'), side: 'source' | 'destination' = 'source') {
  let now = begin;
  const open = new Set(['first']);
  const [asked, lost, refreshed]: [string[], number[], string[]] = [[], [], []];
  const registered: { readonly own: BindingItem[]; readonly stored: BindingItem[] } = { own: [], stored: [] };
  const sender = new PhoneSender(
    {
      begin: () => undefined,
      transmit: () => undefined,
      via: () => {
        throw new Error('nothing is sent');
      },
    },
    flow,
    {
      phone: { organization: 1_001, device_id: 'dev_1', line: null },
      bindings: { own: () => registered.own, stored: async () => [...registered.own, ...registered.stored] },
      mayReturn: () => false,
    },
  );
  const session = {
    route: { sender, nextHop: sipUri({ host: '192.0.2.1' }) },
    refreshTarget: () => void refreshed.push(sender.flow.connection ?? 'udp'),
  } as Partial<Session> as Session;
  const call: ConnectedCall = {
    isUp: true,
    waitingFlows: [],
    state: { ...newCall<Target>(true), answeredAt: begin },
    legs: { sessionOf: (role) => (role === side ? session : undefined) },
    heard: async () => undefined,
    lose: (of) => {
      expect(of).toBe(side);
      lost.push((now - begin) / 1_000);
    },
  };
  const connections = new LostConnections({
    calls: () => (lost.length === 0 ? [call] : []),
    isOpen: async ({ connection: id = '' }) => {
      asked.push(id);
      return open.has(id);
    },
    now: () => now,
  });
  const pass = async (seconds: number) => {
    for (let each = 0; each < seconds; each += 1) {
      await connections.refresh();
      now += 1_000;
    }
  };
  /** Registers a contact, which replaces what it has registered before. */
  const register = (key: string, at: Flow, where: 'own' | 'stored' = 'own') => {
    const { transport, remote, connection: id = '' } = at;
    const owner = where === 'own' ? 'task_1' : 'task_2';
    const registered_at = new Date(now).toISOString();
    const binding = { contact_key: key, owner, registered_at, flow: { transport, remote, local, connection: id } };
    for (const bindings of [registered.own, registered.stored])
      for (const [index, { contact_key: known }] of bindings.entries()) if (known === key) bindings.splice(index, 1);
    registered[where].push(binding as Partial<BindingItem> as BindingItem);
    open.add(id);
  };
  return { pass, open, asked, lost, refreshed, register, sender, call };
}

test.each(['source', 'destination'] as const)(
  'a call ends 30 s after the connection of its %s closed',
  async (side) => {
    const { pass, open, lost } = connectedCall(connection('first'), side);
    await pass(60);
    expect(lost).toEqual([]);
    open.clear();
    await pass(120);
    expect(lost).toEqual([90]);
  },
);

test('a connection is asked for every 3 s, and a phone over UDP has none', async () => {
  const [over, udp] = [connectedCall(), connectedCall({ transport: 'udp', local, remote: local })];
  await over.pass(300);
  await udp.pass(300);
  expect([over.asked.length, udp.asked, udp.lost]).toEqual([100, [], []]);
});

test.each(['own', 'stored'] as const)('a call goes on with the contact that registers again (%s)', async (where) => {
  const { pass, open, lost, refreshed, register, sender } = connectedCall();
  register('contact', sender.flow, where);
  await pass(10);
  open.clear();
  await pass(20);
  register('contact', connection('second', '198.51.100.9'), where);
  await pass(100);
  expect([lost, refreshed, sender.flow.connection]).toEqual([[], ['second'], 'second']);
  expect(sender.flow.task).toBe(where === 'own' ? 'task_1' : 'task_2');
});

test('a contact may be back before its old connection is closed', async () => {
  const { pass, open, lost, refreshed, register, sender } = connectedCall();
  register('contact', sender.flow);
  await pass(10);
  register('contact', connection('second', '198.51.100.9'));
  await pass(10);
  expect(refreshed).toEqual([]);
  open.delete('first');
  await pass(100);
  expect([lost, refreshed]).toEqual([[], ['second']]);
});

test('a phone may be back with another contact from its address', async () => {
  const { pass, open, lost, refreshed, register } = connectedCall();
  await pass(10);
  open.clear();
  await pass(10);
  register('another', connection('second'));
  await pass(100);
  expect([lost, refreshed]).toEqual([[], ['second']]);
});

test('a phone may be back before its connection was looked at for the first time', async () => {
  const { pass, open, lost, refreshed, register } = connectedCall();
  open.clear();
  register('another', connection('second'));
  await pass(100);
  expect([lost, refreshed]).toEqual([[], ['second']]);
});

test('a colleague that has registered before the phone returned is not the one that is lost again', async () => {
  const { pass, open, lost, register, sender } = connectedCall();
  register('contact', sender.flow);
  await pass(10);
  register('colleague', connection('colleague'));
  open.delete('first');
  register('contact', connection('second'));
  await pass(10);
  open.delete('second');
  await pass(60);
  expect([lost.length, sender.flow.connection]).toEqual([1, 'second']);
});

test('other phones of the account are not the one that was lost', async () => {
  const { pass, open, lost, register } = connectedCall();
  await pass(5);
  register('before', connection('colleague'));
  await pass(5);
  open.delete('first');
  await pass(5);
  register('elsewhere', connection('elsewhere', '198.51.100.9'));
  await pass(100);
  expect(lost).toHaveLength(1);
});

test('a phone that returned to a connection which is closed as well is lost', async () => {
  const { pass, open, lost, refreshed, register, sender } = connectedCall();
  register('contact', sender.flow);
  await pass(10);
  register('contact', connection('second'));
  open.clear();
  await pass(60);
  expect([lost.length, refreshed]).toEqual([1, []]);
});

test('a request of the phone within the dialog over another connection brings it back', async () => {
  const { pass, open, lost, refreshed, sender } = connectedCall();
  await pass(10);
  open.clear();
  await pass(20);
  sender.speaker.last = connection('second');
  open.add('second');
  await pass(100);
  expect([lost, refreshed, sender.flow.connection]).toEqual([[], [], 'second']);
});

test('one that is lost again has 30 s again', async () => {
  const { pass, open, lost, register, sender } = connectedCall();
  register('contact', sender.flow);
  await pass(10);
  open.clear();
  await pass(20);
  register('contact', connection('second'));
  await pass(30);
  open.clear();
  await pass(29);
  expect(lost).toEqual([]);
  await pass(10);
  expect(lost).toHaveLength(1);
});

test('a call that ends while the relay is asked is not lost', async () => {
  const { pass, open, lost, call } = connectedCall();
  const heard = async () => {
    Object.assign(call, { isUp: false });
    return undefined;
  };
  Object.assign(call, { heard });
  open.clear();
  await pass(60);
  expect([lost, call.isUp]).toEqual([[], false]);
});

test('connections are used each 3 s while a phone rings, or waits for an answer', async () => {
  const { pass, asked, call, sender } = connectedCall();
  const udp: Flow = { transport: 'udp', local, remote: local };
  Object.assign(call, { isUp: false, waitingFlows: [sender.flow, udp] });
  await pass(30);
  expect(asked).toEqual(Array.from({ length: 10 }, () => 'first'));
});
