import { expect, test } from 'vitest';
import { sipUri } from '#sip/uri.ts';
import { callCdrs } from '../call/cdr.ts';
import { phoneTarget, runningCall } from './running-call.fixture.ts';

const moved = {
  by: 'peer',
  status: 302,
  reason: 'Moved Temporarily',
  contacts: [sipUri({ user: '203', host: 'pbx.example.com' })],
} as const;

/** A call of 201 to 202, whose phone sends it on. @param isFollowed whether to 203 */
async function redirectedCall(isFollowed: boolean) {
  const asked: string[] = [];
  const made = await runningCall('201', '202', {
    redirect: ({ party }, contacts) => {
      asked.push(`${party.target} to ${contacts.length}`);
      return isFollowed ? { extension: '203', targets: [phoneTarget('203')] } : undefined;
    },
  });
  const { call, listeners } = made;
  const unlimited = { seconds: null, isReserved: false };
  call.dispatch({ type: 'routed', attempts: [[phoneTarget('202')]], limit: unlimited });
  await expect.poll(() => listeners.has('202')).toBe(true);
  listeners.get('202')!.onFailure(moved);
  return { ...made, asked };
}

test('a call that a phone sends on is that of the other one, in its record and CDR too', async () => {
  const { call, listeners, asked } = await redirectedCall(true);
  await expect.poll(() => listeners.has('203')).toBe(true);
  listeners.get('203')!.onAnswer({ sdp: 'answer' });
  call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  await call.writer.settled();
  expect(asked).toEqual(['202 to 1']);
  const { destination, numbers, legs } = call.record;
  expect([destination.requested.user, destination.to.user, numbers.diverter]).toEqual(['202', '203', null]);
  expect(legs[1]).toMatchObject({ target: '203', device_id: 'dev_203' });
  expect(callCdrs(call.record)).toMatchObject([{ callee: '203', disposition: 'ANSWERED' }]);
});

test('a redirection that is not followed fails, and the call is as it was', async () => {
  const { call } = await redirectedCall(false);
  await expect.poll(() => call.record.hangup).toMatchObject({ sip_code: 302, by: 'callee' });
  expect([call.record.destination.to.user, call.record.numbers.diverter]).toEqual(['202', null]);
});

test('the caller that hangs up while a redirection is looked up ends the call', async () => {
  const { call, listeners } = await redirectedCall(true);
  call.dispatch({ type: 'end', leg: 'a', end: { by: 'peer' } });
  await call.writer.settled();
  expect([call.record.hangup?.cause, call.record.destination.to.user]).toEqual(['ORIGINATOR_CANCEL', '202']);
  expect(listeners.has('203')).toBe(false);
});
