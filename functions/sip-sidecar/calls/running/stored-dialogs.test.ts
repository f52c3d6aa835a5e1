import { expect, test } from 'vitest';
import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { IncomingSession, Session, StoredInvite, StoredSession } from '#sip/session/session.ts';
import { callFacts, phoneParty } from '../call/calls.fixture.ts';
import { callInStatus, newRecord, type LegParty } from '../call/record.ts';
import { movedStateIn, type MovedState } from '../records/dialogs.ts';
import { StoredDialogs } from './stored-dialogs.ts';

const at = new Date('2026-11-22T10:00:00.000Z');

const flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_060 },
  local: { address: '192.0.2.2', port: 5_060 },
} as const;

const answeredAs = (callId: string): Session =>
  ({
    ringing: () => undefined,
    stored: () => ({ callId, isCaller: true }) as Partial<StoredSession> as StoredSession,
  }) as Partial<Session> as Session;

const ringingAs = (head: string, isCaller: boolean): Session =>
  ({
    ringing: (): StoredInvite => ({ head, isCaller, dialogs: [] }),
    stored: () => undefined,
  }) as Partial<Session> as Session;

const state: MovedState = {
  ...{ isIncoming: true, answeredAt: at.getTime(), limit: { seconds: 60, isReserved: true }, transferLegs: 0 },
  ...{ sides: [], channels: { kept: [], source: [], destination: [] } },
};

/** What a call stores. `legs`: its sessions; those of sides are `a` and `b`. */
function storing(legs: Record<string, Session>, status: 'ringing' | 'answered' | 'hangup' = 'ringing') {
  const writes: (() => readonly CallDialogItem[])[] = [];
  const call = callInStatus(newRecord(callFacts(), at), status, at);
  const beside = Object.entries(legs).filter(([leg]) => leg !== 'a' && leg !== 'b');
  const dialogs = new StoredDialogs(
    { writer: { call, storeDialogs: (of) => void writes.push(of) }, now: () => at },
    {
      sessions: {
        get: (leg = '') => legs[leg],
        beside: () => beside.map(([leg, session]): readonly [LegParty, Session] => [phoneParty(leg), session]),
      },
      state: () => ({ a: 'a', b: 'b' }),
      after: () => undefined,
      moved: () => (status === 'answered' ? state : undefined),
    },
  );
  const stored = () =>
    writes
      .at(-1)?.()
      .map(({ leg, session }) => [leg, session]);
  return { dialogs, writes, stored, moved: () => movedStateIn(writes.at(-1)?.() ?? []) };
}

test('a caller that waits is stored with the flow on which its response goes', () => {
  const { dialogs, stored } = storing({});
  dialogs.storeCaller(ringingAs('INVITE', false) as IncomingSession, flow);
  const ringing = [{ head: 'INVITE', isCaller: false, dialogs: [], path: { kind: 'flow', flow } }];
  expect(stored()).toEqual([['source', { ringing }]]);
});

test('who rings, and who is asked before the call is joined, is stored beside the parties', () => {
  const legs = { a: answeredAs('caller'), 201: ringingAs('INVITE', true), 202: answeredAs('asked') };
  const { dialogs, stored } = storing(legs);
  dialogs.store();
  const rings = { head: 'INVITE', isCaller: true, dialogs: [], party: phoneParty('201') };
  const asked = { isCaller: true, dialogs: [{ callId: 'asked', isCaller: true }], party: phoneParty('202') };
  expect(stored()).toEqual([
    ['source', { callId: 'caller', isCaller: true }],
    ['destination', { ringing: [rings, asked] }],
  ]);
});

test('the dialogs of an answered call replace those that rang, with what else its task knows', () => {
  const { dialogs, stored, moved } = storing({ a: answeredAs('caller'), b: answeredAs('callee') }, 'answered');
  dialogs.store();
  expect(moved()).toEqual(state);
  expect(stored()).toEqual([
    ['source', { callId: 'caller', isCaller: true }],
    ['destination', { callId: 'callee', isCaller: true }],
  ]);
});

test('a description that changes is stored, and one that only is offered again is not', () => {
  let sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\na=sendrecv\r\n';
  const caller = { stored: () => ({ callId: 'caller', sdp }) } as Partial<Session> as Session;
  const { dialogs, writes } = storing({ a: caller, b: answeredAs('callee') }, 'answered');
  dialogs.store();
  sdp = sdp.replace('1 1', '1 2');
  dialogs.noteExchange();
  expect(writes).toHaveLength(1);
  sdp = sdp.replace('sendrecv', 'recvonly');
  for (let times = 0; times < 2; times += 1) dialogs.noteExchange();
  expect(writes).toHaveLength(2);
});

test('the tag of a leg that rings is stored once', () => {
  const { dialogs, writes } = storing({ 201: ringingAs('INVITE', true) });
  for (const leg of ['b1', 'b2', 'b1']) dialogs.noteProgress(leg);
  expect(writes).toHaveLength(2);
});

test('a call that has ended stores no dialogs', () => {
  const { dialogs, writes } = storing({ a: answeredAs('caller') }, 'hangup');
  dialogs.store();
  expect(writes).toEqual([]);
});
