import { expect, test } from 'vitest';
import { withDirection } from '#sip/sdp/sdp.ts';
import { withoutKeys } from '#sip/sdp/srtp.ts';
import type { CallActionCommand } from '#sidecar/call-command.ts';
import type { StoredSession } from '#sip/session/session.ts';
import { answeredCall } from '../running/running-call.fixture.ts';
import { actOnCall } from './actions.ts';

const never = (): never => {
  throw new Error('not expected');
};

/** As the relay describes a leg with SRTP. */
const encrypted = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 4000 RTP/SAVP 0',
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30).toString('base64')}`,
  '',
].join('\r\n');

/** Holds the callee of an answered call. @param described what was sent to its phone last */
async function hold(described: string | undefined) {
  const { call, sessions, log } = await answeredCall('201', '202');
  const stored = { callId: '202', sdp: withoutKeys(encrypted) } as Partial<StoredSession> as StoredSession;
  Object.assign(sessions.get('202')!.session, { described, stored: () => stored });
  const command = { kind: 'call-action', action: 'hold', leg: 'destination' } as Partial<CallActionCommand>;
  const outcome = await actOnCall(
    {
      context: { recorderOf: () => () => [] as never },
      domain: 'example.com',
      directory: { contactsOfDevice: never },
      fault: never,
    },
    { transfers: { transfer: never }, newParties: { beginApplication: never }, parking: { parkByCommand: never } },
    call,
    command as CallActionCommand,
  );
  return { outcome, offers: log('202').filter((entry) => entry.startsWith('offer ')) };
}

test('a phone with SRTP that is held is offered its keys again', async () => {
  expect(await hold(encrypted)).toEqual({
    outcome: { kind: 'accepted' },
    offers: [`offer ${withDirection(encrypted, 'inactive')}`],
  });
});

test('a phone whose keys another task had is offered nothing without them', async () => {
  expect(await hold(undefined)).toEqual({ outcome: { kind: 'invalid_state' }, offers: [] });
});
