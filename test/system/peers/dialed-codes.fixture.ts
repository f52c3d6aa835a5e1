import { expect } from 'vitest';
import { lampOf } from '#functions/sip-sidecar/line-states.fixture.ts';
import { platformFile } from '#functions/sip-sidecar/media/platform-sounds.ts';
import { promptSounds, spokenDigits } from '#functions/sip-sidecar/media/spoken.ts';
import type { Call } from '#schema/call.ts';
import type { PromptName } from '#schema/prompt.ts';
import { eventually } from '../../support/eventually.ts';
import { newPhone, type Phone } from '../../support/sip-phone.fixture.ts';
import { Softphone } from '../../support/softphone.fixture.ts';
import { newCalledUserAt, useHandling, type CalledUser } from '../called-users.fixture.ts';
import { newLine } from '../calls.fixture.ts';
import { newPhoneUser, type PhoneUser } from '../phone-pages.fixture.ts';
import { liveCalls, startTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { newSoftphones } from '../softphones.fixture.ts';
import { outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';
import type { Account } from './accounts.ts';
import { block } from './heard-samples.ts';
import { ownAddress } from './sip-server.ts';

/** Codes that phones of others dial for one user, over the relay of `npm start`, and a key that shows what they set. */

/** A phone of others. */
export type CodePhone = {
  /** Dials a code. It resolves at once, or when the call is over. */
  readonly dial: (code: string) => Promise<unknown>;
  /** Milliseconds of voice that it has heard so far. */
  readonly heard: () => Promise<number> | number;
};

/** A cloud with a user, and who else is there: who calls, who is called, and a further phone of the user. */
export type Codes = {
  readonly cloud: TaskCloud;
  /** Where phones register. The key is at another task. */
  readonly task: TaskAddress;
  readonly user: PhoneUser;
  readonly key: Phone;
  /** Unix milliseconds at which each NOTIFY came to the key. */
  readonly notifiedAt: readonly number[];
  readonly schedule: string;
  readonly caller: Softphone;
  readonly callee: CalledUser;
  readonly own: { readonly extension: string; readonly phone: Softphone };
  /** Milliseconds from the answer of each code until the key showed what it set. */
  readonly lit: number[];
};

let extension = 411;
/** The account of a further phone of the user. */
export const newAccount = ({ cloud, user }: Pick<Codes, 'cloud' | 'user'>): Promise<Account> =>
  newLine(cloud.tenant, String(extension++), { user_id: user.id });

/** Starts a cloud with two tasks. @param open ends it, and the phones */
export async function startCodes(open: AsyncDisposableStack): Promise<Codes> {
  const cloud = await startTaskCloud(2, { MEDIA_RELAY: '' });
  open.defer(() => cloud.cloud.stop());
  const { ask } = cloud.tenant;
  const [task, there] = cloud.tasks as [TaskAddress, TaskAddress];
  const user = await newPhoneUser(cloud.tenant, 'Eve', '401');
  expect(outcome(await ask('POST', `/users/${user.id}`, { roles: ['admin'] }))).toBe('200');
  const office = { name: uniqueName('office'), time_zone: 'Europe/Berlin' };
  const schedule = `schedule/${texts(await ask('PUT', '/schedules/new', office))['id']}`;
  const phones = open.use(new DisposableStack());
  const callee = await newCalledUserAt(task, cloud.tenant, '602', phones);
  await useHandling(cloud.tenant, callee, { intercom: 'organization' });
  // Who is in a group with another one may take its calls.
  const group = texts(await ask('PUT', '/groups', { name: uniqueName('sales') }));
  const members = { user_ids: [user.id, callee.id] };
  expect(outcome(await ask('PUT', `/groups/${group['id']}/members`, members))).toBe('200');
  const [caller = expect.fail('there is no phone')] = await newSoftphones(cloud.tenant, ['601'], task);
  phones.use(caller.phone);
  const [ownExtension, account] = [String(extension), await newAccount({ cloud, user })];
  const own = phones.use(await Softphone.open(task, { from: ownAddress(), account }));
  expect(await own.register()).toBe(200);
  own.answers = 'ring';
  const keys = await newKey({ cloud, user }, there, ['dnd', 'forward', 'park/701', schedule]);
  open.defer(() => keys.key.close());
  const others = { caller: caller.phone, callee, own: { extension: ownExtension, phone: own } };
  return { cloud, task, user, ...keys, ...others, schedule, lit: [] };
}

/** A phone of the user whose keys watch lines. */
async function newKey(of: Pick<Codes, 'cloud' | 'user'>, task: TaskAddress, targets: readonly string[]) {
  const key = await newPhone(task, await newAccount(of), { from: ownAddress() });
  const notifiedAt: number[] = [];
  key.replies = () => {
    notifiedAt.push(Date.now());
    return undefined;
  };
  for (const target of targets) expect((await key.subscribe({ target, event: 'dialog' })).status).toBe(200);
  return { key, notifiedAt };
}

const [on, off] = ['recipient confirmed', 'terminated'];
const number = '300';
const forwarded = ['forwarded-to', ...spokenDigits(number)] as const;
const forward = (condition: string, to: string | null): Body => ({
  forward: expect.objectContaining({ [condition]: to }) as unknown,
});

/** What a code sets for the user, what a key then shows, and what is said. */
type Change = {
  readonly lamp: readonly [target: string, shown: string];
  readonly set: Body;
  readonly said: readonly PromptName[];
};

const changes: Readonly<Record<string, Change>> = {
  '*78': { lamp: ['dnd', on], set: { do_not_disturb: true }, said: ['do-not-disturb-on'] },
  '*79': { lamp: ['dnd', off], set: { do_not_disturb: false }, said: ['do-not-disturb-off'] },
  [`*72${number}`]: { lamp: ['forward', on], set: forward('always', number), said: forwarded },
  '*73': { lamp: ['forward', off], set: forward('always', null), said: ['forwarding-off'] },
  [`*90${number}`]: { lamp: ['forward', on], set: forward('busy', number), said: [...forwarded, 'when-busy'] },
  '*91': { lamp: ['forward', off], set: forward('busy', null), said: ['forwarding-off', 'when-busy'] },
  [`*92${number}`]: {
    lamp: ['forward', on],
    set: forward('no_answer', number),
    said: [...forwarded, 'when-no-answer'],
  },
  '*93': { lamp: ['forward', off], set: forward('no_answer', null), said: ['forwarding-off', 'when-no-answer'] },
};

const lengthOf = (prompts: readonly PromptName[]): number =>
  promptSounds('en', prompts).reduce((sum, sound) => sum + platformFile(sound).milliseconds, 0);

/** Share of a prompt that is voice and no pause, at least. */
const voiceShare = 0.3;

/** Milliseconds of voice in samples of 8 kHz. */
export function voiceIn(samples: readonly number[]): number {
  const length = block * 8;
  let heard = 0;
  for (let at = 0; at + length <= samples.length; at += length)
    if (samples.slice(at, at + length).some((sample) => Math.abs(sample) > 500)) heard += block;
  return heard;
}

const handling = async ({ cloud: { tenant }, user }: Codes): Promise<Body> =>
  ((await tenant.ask('GET', `/users/${user.id}/callhandling`)).body as { readonly data: Body }).data;

const idle = ({ cloud }: Codes) =>
  eventually(async () => expect((await liveCalls(cloud)).map(({ id }) => id)).toEqual([]), 30_000);

const shows = ({ key }: Codes, target: string, lamp: string) =>
  eventually(() => expect([target, lampOf(key, target)]).toEqual([target, lamp]), 20_000);

/** Waits until a phone has heard so much voice since. */
const untilHeard = (phone: CodePhone, before: number, milliseconds: number) =>
  eventually(async () => expect((await phone.heard()) - before).toBeGreaterThan(milliseconds), 20_000);

const heardBy = (phones: readonly CodePhone[]) => Promise.all(phones.map(async (phone) => phone.heard()));

/** Waits until each phone has heard a voice since. */
async function untilAllHear(phones: readonly CodePhone[], before: readonly number[]): Promise<void> {
  for (const [at, phone] of phones.entries()) await untilHeard(phone, before[at] ?? 0, 300);
}

/** Dials a code that changes something, and expects that a key shows it, and that it is said until the call ends. */
async function expectChange(codes: Codes, phone: CodePhone, code: string, { lamp, said }: Omit<Change, 'set'>) {
  const before = await phone.heard();
  const dialed = phone.dial(code);
  await shows(codes, ...lamp);
  const [call] = (await liveCalls(codes.cloud)) as Partial<Call>[];
  const answered = Date.parse(call?.timestamps?.answered ?? '');
  if (!Number.isNaN(answered)) codes.lit.push((codes.notifiedAt.at(-1) ?? 0) - answered);
  await dialed;
  await idle(codes);
  await untilHeard(phone, before, voiceShare * lengthOf(said));
}

/** Dials each code that changes something. */
async function expectChanges(codes: Codes, phone: CodePhone): Promise<void> {
  for (const [code, change] of Object.entries(changes)) {
    await expectChange(codes, phone, code, change);
    expect(await handling(codes)).toMatchObject(change.set);
  }
  for (const [shown, said] of [
    [on, 'schedule-closed'],
    [off, 'schedule-automatic'],
  ] as const)
    await expectChange(codes, phone, '*28', { lamp: [codes.schedule, shown], said: [said] });
}

type Pair = readonly [CodePhone, CodePhone];

/** Codes that contradict each other, and what each sets. */
const contradictions = [
  { setting: 'do_not_disturb', codes: { '*78': true, '*79': false } },
  { setting: 'forward', of: 'always', codes: { '*72300': '300', '*72301': '301' } },
  { setting: 'forward', of: 'always', codes: { '*73': null, '*72302': '302' } },
  { setting: 'forward', of: 'busy', codes: { '*90300': '300', '*91': null } },
  { setting: 'forward', of: 'no_answer', codes: { '*92300': '300', '*93': null } },
] as const;

type Changes = Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>>;

/** The changes of the user's settings, from the first one on. */
async function changesOf({ cloud: { tenant }, user }: Codes): Promise<readonly Changes[]> {
  const { body } = await tenant.ask('GET', `/events/user/${user.id}?type=callhandling.updated&limit=200`);
  const { events } = (body as { data: { events: { event_id: string; data: { changes: Changes } }[] } }).data;
  return events
    .toSorted((one, other) => (one.event_id < other.event_id ? -1 : 1))
    .map(({ data: { changes } }) => changes);
}

/**
 * Two phones dial codes that contradict each other at once. Both hear that it is done, there is an event of each, and
 * the user has what the last one says.
 */
export async function expectLastWins(codes: Codes, phones: Pair): Promise<void> {
  for (const [at, { setting, codes: values, ...rest }] of contradictions.entries()) {
    const inside = (value: unknown): unknown => ('of' in rest ? ((value as Body | null)?.[rest.of] ?? null) : value);
    const [before, { version }] = [await changesOf(codes), await handling(codes)];
    const heard = await heardBy(phones);
    const dialed = Promise.all(Object.keys(values).map(async (code, which) => phones[(at + which) % 2]?.dial(code)));
    await eventually(async () => expect(await changesOf(codes)).toHaveLength(before.length + 2), 20_000);
    await dialed;
    await idle(codes);
    const after = (await changesOf(codes)).slice(before.length).flatMap((changed) => changed[setting] ?? []);
    const settings = await handling(codes);
    expect([setting, settings['version']]).toEqual([setting, Number(version) + 2]);
    // One that changes nothing says the value that is there.
    expect([setting, inside(settings[setting])]).toEqual([setting, inside(after.at(-1)?.new ?? settings[setting])]);
    expect(Object.values(values)).toContain(inside(settings[setting]));
    if (after.length === 2) expect(after[1]?.old).toEqual(after[0]?.new);
    await untilAllHear(phones, heard);
  }
}

async function endAll(codes: Codes): Promise<void> {
  const { tenant } = codes.cloud;
  for (const { id } of await liveCalls(codes.cloud)) await tenant.ask('DELETE', `/Calls/${String(id)}`);
  await idle(codes);
}

/** Waits until one call is answered, and something holds, and ends it. */
async function expectUp(
  { codes, code, dialed }: { codes: Codes; code: string; dialed: Promise<unknown> },
  holds: () => unknown,
) {
  await eventually(async () => {
    const live = await liveCalls(codes.cloud);
    expect([code, live.map(({ status }) => status)]).toEqual([code, ['answered']]);
    await holds();
  }, 20_000);
  await endAll(codes);
  await dialed;
}

/** Codes that are answered by a voice. */
const spoken = ['*43', '*65', '*97', '*98'] as const;

async function expectSpoken(codes: Codes, phone: CodePhone): Promise<void> {
  for (const code of spoken) {
    const before = await phone.heard();
    const dialed = phone.dial(code);
    await untilHeard(phone, before, 300);
    await endAll(codes);
    await dialed;
  }
}

/** Speaks over a phone, takes calls that ring, parks a call and fetches it. */
async function expectTaken(codes: Codes, phone: CodePhone): Promise<void> {
  const { caller, callee, own, cloud } = codes;
  const up = (code: string, holds: () => unknown) => expectUp({ codes, code, dialed: phone.dial(code) }, holds);
  const isUp = (of: Softphone): boolean => of.calls.at(-1)?.isUp === true;
  callee.phone.answers = 'answer';
  await up(`*3${callee.extension}`, () => expect(isUp(callee.phone)).toBe(true));
  callee.phone.answers = 'ring';
  for (const [code, rings] of [
    [`**${callee.extension}`, callee],
    ['*8', own],
  ] as const) {
    const before = rings.phone.calls.length;
    const call = caller.call(rings.extension);
    await eventually(() => expect(rings.phone.calls.length).toBe(before + 1), 20_000);
    await up(code, () => expect([code, call.isUp, isUp(rings.phone)]).toEqual([code, true, false]));
  }
  callee.phone.answers = 'answer';
  const talk = phone.dial(callee.extension);
  await eventually(() => expect(isUp(callee.phone)).toBe(true), 20_000);
  const before = await phone.heard();
  const parking = phone.dial('*85');
  await shows(codes, 'park/701', 'recipient confirmed');
  await eventually(async () => expect(await liveCalls(cloud)).toHaveLength(1), 30_000);
  await untilHeard(phone, before, 300);
  await Promise.all([talk, parking]);
  await up('*85701', () => expect([isUp(callee.phone), lampOf(codes.key, 'park/701')]).toEqual([true, off]));
}

/**
 * Dials each code of the page (functions/sip-sidecar/README.md, "Feature codes").
 * @returns how soon the key showed what they set: within 2 s where nothing else runs
 */
export async function expectAllCodes(codes: Codes, phone: CodePhone): Promise<string> {
  await expectChanges(codes, phone);
  await expectSpoken(codes, phone);
  await expectTaken(codes, phone);
  const slowest = Math.max(...codes.lit);
  expect(slowest).toBeLessThan(2_000 * 4);
  return `keys lit ${codes.lit.join(', ')} ms after the answer`;
}
