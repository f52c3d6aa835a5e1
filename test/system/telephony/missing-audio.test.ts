import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { RtpParty, sendReports } from '#test/support/rtp-party.fixture.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { audioEvents, callTo } from './audio-events.fixture.ts';
import { newLine } from '../calls.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { allCdrs, liveCalls, sharedTaskCloud, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import type { Body } from '../tenant.fixture.ts';

/** One-way audio of calls that rtpengine relays: which side is not heard, and why. */

needs('rtpengine');

/** Calls in which both speak: all, and at a time. The phones of more would be made faster than the API permits. */
const goodCalls = Number(process.env['CALLS'] ?? 2);
const atOnce = 20;

const everything = new DisposableStack();
let cloud: SharedTaskCloud;
beforeAll(async () => {
  cloud = await sharedTaskCloud();
});
afterAll(() => everything.dispose());

let last = 300;

/** A phone, and how it speaks in a call. */
type Fault = {
  readonly media?: 'web';
  /** Address of its media in its description; default: its own. */
  readonly mediaAddress?: string;
  /** Whether it has early media before it answers. */
  readonly isEarly?: true;
  /** Bytes of a packet of its voice; default: 160 of PCMU. */
  readonly bytes?: number;
  readonly speak: (party: RtpParty, call: SoftCall) => void;
};

const speaks = (party: RtpParty, call: SoftCall): void => party.speakTo(call);
const isSilent = (): void => undefined;
const good: Fault = { speak: speaks };

/** It speaks for three seconds. */
function fallsSilent(party: RtpParty, call: SoftCall): void {
  party.speakTo(call);
  const timer = setTimeout(() => party.silence(), 3 * second);
  everything.defer(() => clearTimeout(timer));
}

const elsewhere = { mediaAddress: '127.0.0.99', speak: isSilent } as const;

async function phoneWith({ media, mediaAddress, bytes = 160 }: Fault) {
  last += 1;
  const extension = String(last);
  const account = await newLine(cloud.tenant, extension);
  const options = { from: ownAddress(), account, ...(media && { media }), ...(mediaAddress && { mediaAddress }) };
  const phone = everything.use(await Softphone.open(cloud.tasks[0], options));
  expect(await phone.register()).toBe(200);
  const place = { address: phone.place.address, port: phone.mediaPort };
  const party = everything.use(await RtpParty.open(place, 1, () => Buffer.alloc(bytes, 1)));
  return { phone, party, extension };
}

/** A call between phones with these faults, and when it was answered. */
async function callWith(source: Fault, destination: Fault) {
  const [caller, callee] = [await phoneWith(source), await phoneWith(destination)];
  callee.phone.answers = (call) => {
    if (destination.isEarly !== true) {
      call.answer();
      return;
    }
    call.beginMedia();
    callee.party.speakTo(call);
    const timer = setTimeout(() => {
      callee.party.silence();
      call.answer();
    }, second);
    everything.defer(() => clearTimeout(timer));
  };
  const call = caller.phone.call(callee.extension);
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  const answeredAt = Date.now();
  const other = await callee.phone.nextCall();
  source.speak(caller.party, call);
  destination.speak(callee.party, other);
  const id = await callTo(cloud, callee.extension);
  return { caller, callee, call, other, answeredAt, id };
}

/** Waits for the event of a side that is not heard. @returns seconds from the answer to it */
const untilMissing = (id: string, answeredAt: number, expected: Body): Promise<number> =>
  eventually(async () => {
    const events = await audioEvents(cloud, id, 'call.audio_missing');
    expect(events).toMatchObject([{ data: expected }]);
    return (Date.parse(events[0]?.timestamp ?? '') - answeredAt) / second;
  }, 20_000);

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
  const made: (Awaited<ReturnType<typeof callWith>> & { expected: Body; isLater: boolean; what: string })[] = [];
  for (const side of bothSides)
    for (const [what, cause, fault, isLater = false] of causes) {
      const faults = side === 'source' ? ([fault, good] as const) : ([good, fault] as const);
      made.push({ ...(await callWith(...faults)), what: `${side} ${what}`, expected: { side, cause }, isLater });
    }
  const early = await callWith(good, { isEarly: true, speak: isSilent });
  const expected = { side: 'destination', cause: 'no_packets' };
  made.push({ ...early, what: 'early media end with the answer', expected, isLater: false });
  for (const { id, answeredAt, call, isLater, what, ...each } of made) {
    const seconds = await untilMissing(id, answeredAt, each.expected);
    expect([what, seconds < (isLater ? 30 : 15)]).toEqual([what, true]);
    call.hangUp();
  }
});

describe('a call', () => {
  test('shows the side that is not heard until it is, and has it in its CDR', async () => {
    const { id, answeredAt, call, caller, callee } = await callWith({ speak: isSilent }, good);
    await untilMissing(id, answeredAt, { side: 'source', cause: 'no_packets' });
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

  /** Waits for as long as it takes to report twice that nothing comes. */
  async function assertHeard(calls: readonly Awaited<ReturnType<typeof callWith>>[]): Promise<void> {
    const last = Math.max(...calls.map(({ answeredAt }) => answeredAt));
    await eventually(() => expect(Date.now() - last).toBeGreaterThan(25 * second), 40_000);
    for (const { id, call, callee } of calls) {
      expect(await audioEvents(cloud, id, 'call.audio_missing')).toEqual([]);
      expect(callee.party.packets).toBeGreaterThan(0);
      call.hangUp();
    }
  }

  const rounds = Math.max(1, Math.ceil(goodCalls / atOnce));
  const timeout = (1 + rounds) * 120_000;
  test('in which both speak, one holds the other, or one is muted, is not reported', { timeout }, async () => {
    const [held, muted] = [await callWith(good, good), await callWith(good, good)];
    for (const { callee } of [held, muted]) await eventually(() => expect(callee.party.packets).toBeGreaterThan(0));
    expect(await held.call.offer('inactive')).toMatch(/ inactive$/);
    expect(await muted.call.offer('recvonly')).toMatch(/ sendonly$/);
    held.caller.party.silence();
    held.callee.party.silence();
    muted.caller.party.silence();
    for (let round = 0; round < rounds; round += 1) {
      const length = Math.min(atOnce, goodCalls - round * atOnce);
      const made = await Promise.all(Array.from({ length }, () => callWith(good, good)));
      await assertHeard(round === 0 ? [held, muted, ...made] : made);
    }
  });
});
