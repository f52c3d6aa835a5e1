import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallHandling } from '#telephony/call-handling.ts';
import { isForwarding } from '#telephony/setting-lines.ts';
import { eventually } from '../../support/eventually.ts';
import { needs } from '../../support/tools.ts';
import { liveCalls } from '../sidecar-tasks.fixture.ts';
import type { Body } from '../tenant.fixture.ts';
import { newBaresip, newLinphone, newSipp, type CountedPhone } from './code-phones.ts';
import {
  causedEvents,
  endAll,
  handling,
  heardBy,
  idle,
  isUp,
  off,
  on,
  pickUps,
  ringing,
  shows,
  spoken,
  startCodes,
  untilAllHear,
  type CodePhone,
  type Codes,
} from './dialed-codes.fixture.ts';

/** Two phones of one user dial codes at once. */

needs('baresip', 'linphonec', 'rtpengine', 'sipp');

const everything = new AsyncDisposableStack();
let codes: Codes;
let baresip: CountedPhone;
let linphone: CountedPhone;
beforeAll(async () => {
  codes = await startCodes(everything);
  [baresip, linphone] = [await newBaresip(codes, everything), await newLinphone(codes, everything)];
});
afterAll(() => everything.disposeAsync());

/** Codes that contradict each other, and what each sets. */
const contradictions = [
  { setting: 'do_not_disturb', codes: { '*78': true, '*79': false } },
  { setting: 'forward', of: 'always', codes: { '*72300': '300', '*72301': '301' } },
  { setting: 'forward', of: 'always', codes: { '*73': null, '*72302': '302' } },
  { setting: 'forward', of: 'busy', codes: { '*90300': '300', '*91': null } },
  { setting: 'forward', of: 'no_answer', codes: { '*92300': '300', '*93': null } },
] as const;

/** What a key shows of a setting. */
const lampOfSetting = (settings: CallHandling, setting: 'do_not_disturb' | 'forward'): readonly [string, string] => {
  const target = setting === 'forward' ? 'forward' : 'dnd';
  const isOn = setting === 'forward' ? isForwarding(settings) : settings.do_not_disturb;
  return [target, isOn ? on : off];
};

/** Dials by both phones at once, and expects that both hear something until their calls are over. */
async function dialBoth(phones: readonly CodePhone[], [one, other]: readonly [string, string]): Promise<void> {
  const heard = await heardBy(phones);
  await Promise.all([phones[0]?.dial(one), phones[1]?.dial(other)]);
  await untilAllHear(phones, heard);
  await idle(codes);
}

test('of codes of baresip and SIPp that contradict each other the last one holds', async () => {
  const phones = [baresip, await newSipp(codes, everything)];
  for (const [at, { setting, codes: values, ...rest }] of contradictions.entries()) {
    const inside = (value: unknown): unknown => ('of' in rest ? ((value as Body | null)?.[rest.of] ?? null) : value);
    const { version } = await handling(codes);
    const [one = '', other = ''] = Object.keys(values);
    const dial = () => dialBoth(at % 2 === 0 ? phones : phones.toReversed(), [one, other]);
    const caused = await causedEvents(codes, 'callhandling.updated', 2, dial);
    const after = caused.flatMap(({ data }) => data.changes?.[setting] ?? []);
    const settings = await handling(codes);
    expect([setting, settings['version']]).toEqual([setting, Number(version) + 2]);
    // One that changes nothing says the value that is there.
    expect([setting, inside(settings[setting])]).toEqual([setting, inside(after.at(-1)?.new ?? settings[setting])]);
    expect(Object.values(values)).toContain(inside(settings[setting]));
    if (after.length === 2) expect(after[1]?.old).toEqual(after[0]?.new);
    await shows(codes, ...lampOfSetting(CallHandling.parse(settings), setting));
  }
});

test('the night switch of baresip and Linphone at once closes the schedule and opens it', async () => {
  const caused = await causedEvents(codes, 'schedule.updated', 2, () => dialBoth([baresip, linphone], ['*28', '*28']));
  expect(caused.map(({ data }) => data.changes?.['override'])).toEqual([
    { old: null, new: 'closed' },
    { old: 'closed', new: null },
  ]);
  const { body } = await codes.cloud.tenant.ask('GET', `/schedules/${codes.schedule.replace('schedule/', '')}`);
  expect(body).toMatchObject({ data: { override: null } });
  await shows(codes, codes.schedule, off);
});

test.each(spoken)('baresip and Linphone dial %s at once, and both hear it', async (code) => {
  const phones = [baresip, linphone];
  const heard = await heardBy(phones);
  await Promise.all(phones.map((phone) => phone.dial(code)));
  await untilAllHear(phones, heard);
  expect(await liveCalls(codes.cloud)).toMatchObject([{ status: 'answered' }, { status: 'answered' }]);
  await endAll(codes);
});

/** Dials one code by both phones, and waits until one of them has what it asks for, and the other one no call. */
async function expectOneTakes(code: string): Promise<void> {
  const phones = [baresip, linphone];
  await Promise.all(phones.map((phone) => phone.dial(code)));
  await eventually(async () => {
    const counts = await Promise.all(phones.map((phone) => phone.calls()));
    expect([code, counts.toSorted()]).toEqual([code, [0, 1]]);
  }, 20_000);
}

test('of baresip and Linphone that take one call at once, one has it, and no phone rings on', async () => {
  for (const [code, rings] of pickUps(codes)) {
    const call = await ringing(codes, rings);
    await causedEvents(codes, 'call.answered', 1, () => expectOneTakes(code));
    expect(await liveCalls(codes.cloud)).toMatchObject([{ status: 'answered' }]);
    expect([code, call.isUp, rings.phone.calls.at(-1)?.isOver]).toEqual([code, true, true]);
    await shows(codes, rings.extension, off);
    await endAll(codes);
  }
});

test('of baresip and Linphone that speak over one phone at once, one reaches it', async () => {
  const { callee } = codes;
  callee.phone.answers = 'answer';
  const before = callee.phone.calls.length;
  await causedEvents(codes, 'call.hangup', 1, () => expectOneTakes(`*3${callee.extension}`));
  await eventually(async () => expect(await liveCalls(codes.cloud)).toMatchObject([{ status: 'answered' }]), 20_000);
  expect(callee.phone.calls).toHaveLength(before + 1);
  await endAll(codes);
});

test('baresip and Linphone park at once in two slots, and one of both fetches a call', async () => {
  const { callee, caller } = codes;
  const phones = [baresip, linphone];
  const called = [callee.phone, caller];
  for (const each of called) each.answers = 'answer';
  await Promise.all([baresip.dial(callee.extension), linphone.dial('601')]);
  await eventually(() => expect(called.map(isUp)).toEqual([true, true]), 20_000);
  const parked = await causedEvents(codes, 'call.parked', 2, async () => {
    const heard = await heardBy(phones);
    await Promise.all(phones.map((phone) => phone.dial('*85')));
    await untilAllHear(phones, heard);
  });
  expect(parked.map(({ data }) => data.slot).toSorted()).toEqual(['701', '702']);
  for (const slot of ['701', '702']) await shows(codes, `park/${slot}`, on);
  await eventually(async () => {
    expect(await Promise.all(phones.map((phone) => phone.calls()))).toEqual([0, 0]);
  }, 20_000);
  expect(called.map(isUp)).toEqual([true, true]);
  const fetched = await causedEvents(codes, 'call.fetched', 1, () => expectOneTakes('*85701'));
  expect(fetched).toMatchObject([{ data: { slot: '701' } }]);
  await shows(codes, 'park/701', off);
  await shows(codes, 'park/702', on);
  expect(called.map(isUp)).toEqual([true, true]);
  await endAll(codes);
  await shows(codes, 'park/702', off);
});
