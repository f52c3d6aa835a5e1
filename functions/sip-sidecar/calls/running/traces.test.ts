import { expect, test } from 'vitest';
import { sipTraceRow } from '#dynamodb/rows/sip-trace.ts';
import { tableFor } from '#dynamodb/table.ts';
import { contextOf } from '#runtime/background-context.ts';
import { aCall, aLeg } from '#telephony/call.fixture.ts';
import { hangUp, type Call } from '#telephony/call.ts';
import type { TraceSetting } from '#telephony/sip-trace.ts';
import { parseMessage } from '#sip/message.ts';
import type { Session } from '#sip/session/session.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { sipSidecar } from '../../contract.ts';
import { SipTraces } from '../../traces/sip-traces.ts';
import { CallTraces } from './traces.ts';

const running = testStore();

const flow = {
  transport: 'udp',
  remote: { address: '192.0.2.10', port: 5_060 },
  local: { address: '192.0.2.1', port: 5_060 },
} as const;
const head = ['INVITE sip:b@h SIP/2.0', 'Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'From: <sip:a@h>;tag=1', 'To: <sip:b@h>'];
const bytes = Buffer.from([...head, 'Call-ID: c1', 'CSeq: 1 INVITE', '', ''].join('\r\n'));

/** A call whose INVITE came before it was known to be traced. @returns what stores its trace, and reads it */
function tracedCall(call: Call, sip_trace: TraceSetting | undefined) {
  const dependencies = testDependencies(running.store);
  const traces = new SipTraces({ now: () => 1_000, host: '192.0.2.1' });
  const context = contextOf(sipSidecar, dependencies);
  const calls = new CallTraces({ context, membership: { id: 'task-1' }, traces });
  const onSession = calls.begin({ settings: { sip_trace } }, call.id, () => call);
  const request = parseMessage(bytes);
  if (request.kind !== 'request') throw new Error('it is no request');
  calls.receive(call.id, request, flow);
  onSession?.('a', { callId: 'c1' } as Partial<Session> as Session, undefined);
  const stored = () =>
    tableFor<'siptrace'>(running.store, call.org_id).get(sipTraceRow, { call_id: call.id, task: 'task-1' });
  return { calls, traces, stored };
}

let count = 0;
function liveCall(): Call {
  count += 1;
  const legs = [aLeg({ role: 'source', user_id: 'usr_1', status: 'answered' }), aLeg({ status: 'answered' })];
  const timestamps = { created: '2026-01-01T10:00:00.000Z', answered: '2026-01-01T10:00:05.000Z' };
  return aCall({ id: `call_${count}`, status: 'answered', legs, timestamps });
}
const ended = (call: Call, cause: 'NORMAL_CLEARING' | 'MEDIA_RELAY_LOST'): Call =>
  hangUp(call, { cause, q850: 16, sip_code: null, by: 'caller' }, new Date());

test.each([
  ['all', 'moved', true],
  ['all', 'NORMAL_CLEARING', true],
  // Whether it fails is not known yet.
  ['failed', 'moved', false],
  ['failed', 'NORMAL_CLEARING', false],
  ['failed', 'MEDIA_RELAY_LOST', true],
  ['off', 'MEDIA_RELAY_LOST', false],
  [undefined, 'MEDIA_RELAY_LOST', false],
] as const)('with `%s`, a call that is over by %s is stored: %s', async (setting, end, isStored) => {
  const live = liveCall();
  const { calls, traces, stored } = tracedCall(live, setting);
  await calls.store(end === 'moved' ? live : ended(live, end));
  const trace = await stored();
  expect(trace !== undefined).toBe(isStored);
  if (trace !== undefined) {
    expect(trace.legs).toMatchObject([{ sip_call_id: 'c1', user_id: 'usr_1' }]);
    expect(trace.messages).toMatchObject([{ direction: 'received', leg: 0 }]);
  }
  expect(traces.bytes).toBe(0);
});
