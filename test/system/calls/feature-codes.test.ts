import { afterAll, beforeAll, expect, test } from 'vitest';
import { platformFile } from '#functions/sip-sidecar/media/platform-sounds.ts';
import { promptSounds, spokenDigits } from '#functions/sip-sidecar/media/spoken.ts';
import type { PromptName } from '#schema/prompt.ts';
import { decodeG711 } from '#sounds/g711.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { newMailboxUser, phoneAccountOf, type MailboxUser } from '../mailbox-users.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { expectEnd } from '../softphones.fixture.ts';
import { outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';

/** What phones change by codes, and hear of it, over the relay of `npm start`. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let user: MailboxUser;
let ann: ToneListener;
let second: ToneListener;
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  user = await newMailboxUser(tenant);
  const phone = async () => everything.use(await ToneListener.of(await phoneAccountOf(tenant, user), task));
  [ann, second] = [await phone(), await phone()];
});
afterAll(() => everything.disposeAsync());

const handling = async (): Promise<Body> =>
  ((await cloud.tenant.ask('GET', `/users/${user.user}/callhandling`)).body as { data: Body }).data;
const set = (settings: Body) => cloud.tenant.ask('POST', '/orgs/me', { settings });

const lengthOf = (prompts: readonly PromptName[]): number =>
  promptSounds('en', prompts).reduce((sum, sound) => sum + platformFile(sound).milliseconds, 0);

/** Dials a code, and hears for how many milliseconds something is said. */
async function dial(code: string, phone = ann): Promise<number> {
  const before = phone.voice.heard.length;
  const { call } = await phone.call(code);
  await expectEnd(call, 'ended by peer');
  return phone.spokenSince(before);
}

/** Dials a code, and hears about these prompts. */
async function expectSaid(code: string, ...prompts: readonly PromptName[]): Promise<void> {
  const heard = await dial(code);
  const wanted = lengthOf(prompts);
  expect([code, heard > wanted * 0.6, heard < wanted * 1.4 + 300]).toEqual([code, true, true]);
}

test('a user forwards calls and wants no calls by codes, which are said back', async () => {
  await expectSaid('*72300', 'forwarded-to', ...spokenDigits('300'));
  await expectSaid('*90+46701234567', 'forwarded-to', ...spokenDigits('+46701234567'), 'when-busy');
  await expectSaid('*92301', 'forwarded-to', ...spokenDigits('301'), 'when-no-answer');
  await expectSaid('*78', 'do-not-disturb-on');
  expect(await handling()).toMatchObject({
    do_not_disturb: true,
    forward: { always: '300', busy: '+46701234567', no_answer: '301', unreachable: null },
    version: 4,
  });
  await expectSaid('*73', 'forwarding-off');
  await expectSaid('*91', 'forwarding-off', 'when-busy');
  await expectSaid('*93', 'forwarding-off', 'when-no-answer');
  await expectSaid('*79', 'do-not-disturb-off');
  expect(await handling()).toMatchObject({
    do_not_disturb: false,
    forward: { always: null, busy: null, no_answer: null },
    version: 8,
  });
  await eventually(async () => {
    const { body } = await cloud.tenant.ask('GET', `/events/user/${user.user}?type=callhandling.updated`);
    expect((body as { data: { events: Body[] } }).data.events).toHaveLength(8);
  });
});

test('what is not possible is said, and changes nothing', async () => {
  const { version } = await handling();
  for (const code of ['*72', `*72${'1'.repeat(40)}`, '*72112', `*90${user.mailbox}`])
    await expectSaid(code, 'not-possible');
  expect(await handling()).toMatchObject({ version });
});

test('of two phones of one user at once, the state is as the last one said', async () => {
  const versions = [];
  for (let round = 0; round < 4; round += 1) {
    await Promise.all([dial('*78'), dial('*72300', second)]);
    expect(await handling()).toMatchObject({ do_not_disturb: true, forward: { always: '300' } });
    await Promise.all([dial('*79'), dial('*73', second)]);
    const { do_not_disturb, forward, version } = await handling();
    expect([do_not_disturb, (forward as Body)['always']]).toEqual([false, null]);
    versions.push(version);
  }
  expect(new Set(versions).size).toBe(4);
});

test('an organization moves and disables codes, and none is repeated', async () => {
  const moved = await set({ feature_codes: { do_not_disturb: '55', do_not_disturb_off: null } });
  expect(outcome(moved)).toBe('200');
  await expectSaid('55', 'do-not-disturb-on');
  const off = ann.phone.call('*79');
  await eventually(() => expect(off.log.at(-1)).toMatch(/^failed 4/), 20_000);
  expect(await handling()).toMatchObject({ do_not_disturb: true });
  expect(outcome(await set({ feature_codes: { echo_test: '55' } }))).toBe('422 VALIDATION_FAILED');
  expect((await set({ feature_codes: { echo_test: user.mailbox } })).body).toMatchObject({
    warnings: [expect.stringContaining(user.mailbox)],
  });
  expect(outcome(await set({ feature_codes: null }))).toBe('200');
  await expectSaid('*79', 'do-not-disturb-off');
});

test('the night switch closes the first schedule, for who may change schedules', async () => {
  const made = await cloud.tenant.ask('PUT', '/schedules/new', {
    name: uniqueName('office'),
    time_zone: 'Europe/Berlin',
  });
  const id = texts(made)['id'] ?? '';
  const override = async () =>
    ((await cloud.tenant.ask('GET', `/schedules/${id}`)).body as { data: Body }).data['override'];
  await expectSaid('*28', 'not-permitted');
  expect(await override()).toBeNull();
  const granted = await cloud.tenant.ask('POST', `/users/${user.user}`, { roles: ['admin'] });
  expect(outcome(granted)).toBe('200');
  await expectSaid('*28', 'schedule-closed');
  expect(await override()).toBe('closed');
  await expectSaid('*28', 'schedule-automatic');
  expect(await override()).toBeNull();
});

test('the echo test lets a phone hear itself after a second', async () => {
  const { call } = await ann.call('*43');
  await ann.voice.speak(lengthOf(['echo-test']) + 1_500);
  const before = ann.voice.heard.length;
  const at = performance.now();
  await eventually(async () => {
    await ann.voice.speak(400, 1_000);
    expect(ann.tonesSince(before)).toEqual(['menu']);
  });
  const heard = ann.voice.heard.slice(before).findIndex((payload) => Math.max(...decodeG711(0, payload)) > 1_000);
  expect((ann.voice.times[before + heard]?.at ?? 0) - at).toBeGreaterThan(800);
  call.hangUp();
  await expectEnd(call, 'ended by us');
});
