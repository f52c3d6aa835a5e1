import { expect, test } from 'vitest';
import { hour } from '#schema/time.ts';
import { phoneTarget, runningCall } from '../running/running-call.fixture.ts';
import type { Target } from '../routing/target.ts';
import { offeredEncryption, plainTarget, PlainTargets } from './plain-targets.ts';

const preferring: Target = { ...phoneTarget('202'), encryption: 'prefer' };
const rejection = { by: 'peer', status: 488 } as const;

test('a target that prefers SRTP and rejects it is called again without', () => {
  const ringing = { ...preferring, member: { delay: 5, ringTime: 10, namePrefix: '' } };
  for (const status of [488, 606])
    expect(plainTarget(ringing, { ...rejection, status })).toEqual({
      ...ringing,
      encryption: 'none',
      isPlainAgain: true,
      member: { ...ringing.member, delay: 0 },
    });
});

test.each<[string, Target, Parameters<typeof plainTarget>[1]]>([
  ['requires SRTP', { ...preferring, encryption: 'require' }, rejection],
  ['was called without', { ...preferring, encryption: 'none' }, rejection],
  ['is busy', preferring, { ...rejection, status: 486 }],
  ['was not offered anything, as the media do not pass', preferring, { ...rejection, by: 'us' }],
])('a target that %s is not called again', (_what, target, failure) => {
  expect(plainTarget(target, failure)).toBeUndefined();
});

test('a target that takes calls without SRTP only gets them so for an hour, and others do not', () => {
  const targets = new PlainTargets();
  targets.note({ ...preferring, encryption: 'none', isPlainAgain: true }, 1_000);
  const other = { ...preferring, party: { ...preferring.party, device_id: 'dev_203' } };
  const required = { ...preferring, encryption: 'require' } as const;
  const encryptions = (now: number) => [preferring, other, required].map((each) => targets.encryptionOf(each, now));
  expect(encryptions(1_000)).toEqual(['none', 'prefer', 'require']);
  expect(encryptions(1_000 + hour)).toEqual(['prefer', 'prefer', 'require']);
});

test('the oldest of ten thousand targets is forgotten', () => {
  const targets = new PlainTargets();
  const target = (number: number) => ({ ...preferring, party: { ...preferring.party, device_id: `dev_${number}` } });
  for (let number = 0; number <= 10_000; number += 1) targets.note(target(number), 0);
  expect([0, 1, 10_000].map((number) => targets.encryptionOf(target(number), 1))).toEqual(['prefer', 'none', 'none']);
});

/** A phone that is reached over a transport. */
const over = (transport: 'udp' | 'tcp' | 'tls' | 'wss'): Target['to'] => {
  const { to } = preferring;
  return to.kind === 'phone' ? { ...to, flow: { ...to.flow, transport } } : to;
};

test('keys are sent to phones over TLS only, and browsers have their own', () => {
  expect([over('tls'), over('udp'), over('tcp'), over('wss')].map((to) => offeredEncryption(to, 'prefer'))).toEqual([
    'prefer',
    undefined,
    undefined,
    undefined,
  ]);
  expect(offeredEncryption(over('wss'), 'require')).toBeUndefined();
  for (const transport of ['udp', 'tcp'] as const)
    expect(() => offeredEncryption(over(transport), 'require')).toThrow(expect.objectContaining({ status: 488 }));
});

test('the call goes on with the target that is called again, and is remembered when it answers', async () => {
  const { call, listeners } = await runningCall('201', '202');
  const limit = { seconds: null, isReserved: false };
  call.dispatch({ type: 'routed', attempts: [[preferring]], limit });
  await expect.poll(() => listeners.has('202')).toBe(true);
  const first = listeners.get('202');
  listeners.delete('202');
  first?.onFailure({ ...rejection, reason: 'Not Acceptable Here' });
  await expect.poll(() => listeners.has('202')).toBe(true);
  listeners.get('202')?.onAnswer({ sdp: 'answer' });
  await call.writer.settled();
  expect(call.record.legs.filter(({ target }) => target === '202')).toHaveLength(1);
  expect([call.record.status, call.record.hangup]).toEqual(['answered', null]);
});
