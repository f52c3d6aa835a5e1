import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { sendReports, type RtpParty } from '#test/support/rtp-party.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { audioEvents, reportedWithin, untilMissing } from './audio-events.fixture.ts';
import { good, HeardCalls, type Fault, type HeardCall } from './missing-audio.fixture.ts';
import { allCdrs, liveCalls, sharedTaskCloud, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import type { Body } from '../tenant.fixture.ts';

/** One-way audio of calls that rtpengine relays: which side is not heard, and why. */

needs('rtpengine');

const everything = new DisposableStack();
let cloud: SharedTaskCloud;
let calls: HeardCalls;
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  calls = new HeardCalls(cloud, everything);
});
afterAll(() => everything.dispose());

const isSilent = (): void => undefined;

/** It speaks for three seconds. */
function fallsSilent(party: RtpParty, call: SoftCall): void {
  party.speakTo(call);
  const timer = setTimeout(() => party.silence(), 3 * second);
  everything.defer(() => clearTimeout(timer));
}

const elsewhere = { mediaAddress: '127.0.0.99', speak: isSilent } as const;

const causes: readonly (readonly [string, string, Fault, boolean?])[] = [
  ['sends nothing', 'no_packets', { speak: isSilent }],
  ['describes another address', 'wrong_address', elsewhere],
  ['sends comfort noise only', 'comfort_noise_only', { bytes: 1, speak: (party, call) => party.speakTo(call, 200) }],
  ['is a browser without ICE', 'no_ice', { media: 'web', speak: isSilent }],
  ['sends RTCP only', 'no_packets', { speak: ({ address }, call) => void everything.use(sendReports(call, address)) }],
  // It is heard in the first ten seconds.
  ['falls silent', 'no_packets', { speak: fallsSilent }, true],
];

const bothSides = ['source', 'destination'] as const;

test('each cause is reported of each side, within 15 s of the answer', async () => {
  const made: (HeardCall & { expected: Body; isLater: boolean; what: string })[] = [];
  for (const side of bothSides)
    for (const [what, cause, fault, isLater = false] of causes) {
      const faults = side === 'source' ? ([fault, good] as const) : ([good, fault] as const);
      made.push({ ...(await calls.callWith(...faults)), what: `${side} ${what}`, expected: { side, cause }, isLater });
    }
  const early = await calls.callWith(good, { isEarly: true, speak: isSilent });
  const expected = { side: 'destination', cause: 'no_packets' };
  made.push({ ...early, what: 'early media end with the answer', expected, isLater: false });
  for (const { isLater, what, ...each } of made) {
    const seconds = await untilMissing(cloud, each, each.expected, what);
    expect([what, seconds < (isLater ? 2 : 1) * reportedWithin]).toEqual([what, true]);
    each.call.hangUp();
  }
});

describe('a call', () => {
  test('shows the side that is not heard until it is, and has it in its CDR', async () => {
    const silent = await calls.callWith({ speak: isSilent }, good);
    const { id, call, caller, callee } = silent;
    await untilMissing(cloud, silent, { side: 'source', cause: 'no_packets' });
    const live = async () => (await liveCalls(cloud)).find((each) => each['id'] === id);
    expect(await live()).toMatchObject({ audio_missing: [{ side: 'source', cause: 'no_packets' }] });
    caller.party.speakTo(call);
    await eventually(async () => expect(await audioEvents(cloud, id, 'call.audio_returned')).toHaveLength(1), 30_000);
    expect(await live()).not.toHaveProperty('audio_missing');
    call.hangUp();
    await eventually(async () => {
      const cdr = (await allCdrs(cloud.tenant)).find((each) => each['callee'] === callee.extension);
      expect(cdr).toMatchObject({ quality: { audio_missing: 'source' } });
    }, 60_000);
  });

  test('in which both speak, one holds the other, or one is muted, is not reported', async () => {
    const [held, muted, ...others] = await Promise.all(Array.from({ length: 4 }, () => calls.callWith(good, good)));
    if (held === undefined || muted === undefined) throw new Error('there are no calls');
    for (const { callee } of [held, muted]) await eventually(() => expect(callee.party.packets).toBeGreaterThan(0));
    expect(await held.call.offer('inactive')).toMatch(/ inactive$/);
    expect(await muted.call.offer('recvonly')).toMatch(/ sendonly$/);
    held.caller.party.silence();
    held.callee.party.silence();
    muted.caller.party.silence();
    await calls.assertHeard([held, muted, ...others]);
  });
});
