import { expect } from 'vitest';
import { lampOf } from '#functions/sip-sidecar/service/line-states.fixture.ts';
import { platformFile } from '#functions/sip-sidecar/media/platform-sounds.ts';
import { promptSounds, spokenDigits } from '#functions/sip-sidecar/media/spoken.ts';
import type { PromptName } from '#schema/prompt.ts';
import { eventually } from '../../support/eventually.ts';
import type { SoftCall } from '../../support/soft-call.fixture.ts';
import { newPhone, type Phone } from '../../support/sip-phone.fixture.ts';
import { Softphone } from '../../support/softphone.fixture.ts';
import { newCalledUserAt, useHandling, type CalledUser } from '../called-users.fixture.ts';
import { newLine } from '../calls.fixture.ts';
import { newPhoneUser, type PhoneUser } from '../phone-pages.fixture.ts';
import { liveCalls, sharedTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
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
  /** What it has printed last, which a failure shows. */
  readonly printed?: () => string;
};

/** A cloud with a user, and who else is there: who calls, who is called, and a further phone of the user. */
export type Codes = {
  readonly cloud: TaskCloud;
  /** Where phones register. The key is at another task. */
  readonly task: TaskAddress;
  readonly user: PhoneUser;
  readonly key: Phone;
  /** What the key shows of each of its lines, and since when, in Unix milliseconds. */
  readonly lamps: ReadonlyMap<string, { readonly shown: string | undefined; readonly at: number }>;
  readonly schedule: string;
  readonly caller: Softphone;
  readonly callee: CalledUser;
  readonly own: { readonly extension: string; readonly phone: Softphone };
  /** Milliseconds from the answer of each code until the key showed what it set, by the code. */
  readonly lit: [code: string, milliseconds: number][];
};

let extension = 411;
/** The account of a further phone of the user. */
export const newAccount = ({ cloud, user }: Pick<Codes, 'cloud' | 'user'>): Promise<Account> =>
  newLine(cloud.tenant, String(extension++), { user_id: user.id });

/** A user of the shared cloud with two tasks. @param open ends the phones */
export async function startCodes(open: AsyncDisposableStack): Promise<Codes> {
  const cloud = await sharedTaskCloud();
  const { ask } = cloud.tenant;
  const [task, there] = cloud.tasks;
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
  const [caller] = await newSoftphones(cloud.tenant, ['601'], task);
  phones.use(caller.phone);
  const [ownExtension, account] = [String(extension), await newAccount({ cloud, user })];
  const own = phones.use(await Softphone.open(task, { from: ownAddress(), account }));
  expect(await own.register()).toBe(200);
  own.answers = 'ring';
  const targets = ['dnd', 'forward', 'park/701', 'park/702', schedule, callee.extension, ownExtension];
  const keys = await newKey({ cloud, user }, there, targets);
  open.defer(() => keys.key.close());
  const others = { caller: caller.phone, callee, own: { extension: ownExtension, phone: own } };
  return { cloud, task, user, ...keys, ...others, schedule, lit: [] };
}

/** A phone of the user whose keys watch lines. */
async function newKey(of: Pick<Codes, 'cloud' | 'user'>, task: TaskAddress, targets: readonly string[]) {
  const key = await newPhone(task, await newAccount(of), { from: ownAddress() });
  const lamps = new Map<string, { shown: string | undefined; at: number }>();
  key.replies = () => {
    for (const target of targets) {
      const shown = lampOf(key, target);
      if (lamps.get(target)?.shown !== shown) lamps.set(target, { shown, at: Date.now() });
    }
    return undefined;
  };
  for (const target of targets) expect((await key.subscribe({ target, event: 'dialog' })).status).toBe(200);
  return { key, lamps };
}

export const [on, off] = ['recipient confirmed', 'terminated'];
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

export const handling = async ({ cloud: { tenant }, user }: Codes): Promise<Body> =>
  ((await tenant.ask('GET', `/users/${user.id}/callhandling`)).body as { readonly data: Body }).data;

type LoggedEvent = {
  readonly event_id: string;
  readonly timestamp: string;
  readonly data: {
    readonly changes?: Readonly<Record<string, { readonly old: unknown; readonly new: unknown }>>;
    readonly slot?: string;
  };
};

/** The events of a type, from the first one on. */
async function eventsOf({ cloud: { tenant } }: Codes, type: string): Promise<readonly LoggedEvent[]> {
  const { body } = await tenant.ask('GET', `/events/org/${tenant.id}?type=${type}&limit=500`);
  const { events } = (body as { data: { events: LoggedEvent[] } }).data;
  return events.toSorted((one, other) => (one.event_id < other.event_id ? -1 : 1));
}

/** Waits until something has caused so many events of a type. @returns these */
export async function causedEvents(codes: Codes, type: string, count: number, cause: () => Promise<unknown>) {
  const { length } = await eventsOf(codes, type);
  await cause();
  return eventually(async () => {
    const caused = (await eventsOf(codes, type)).slice(length);
    expect([type, caused.length]).toEqual([type, count]);
    return caused;
  }, 20_000);
}

export const idle = ({ cloud }: Codes) =>
  eventually(async () => expect((await liveCalls(cloud)).map(({ id }) => id)).toEqual([]), 30_000);

export const shows = ({ lamps }: Codes, target: string, lamp: string) =>
  eventually(() => expect([target, lamps.get(target)?.shown]).toEqual([target, lamp]), 20_000);

/** Rejects as a call does that a phone has dialed. */
const failureOf = async (dialed: Promise<unknown>): Promise<never> => {
  await dialed;
  return new Promise<never>(() => undefined);
};

/** Waits until a phone has heard so much voice since. */
const untilHeard = (phone: CodePhone, before: number, milliseconds: number) =>
  eventually(async () => expect((await phone.heard()) - before).toBeGreaterThan(milliseconds), 20_000);

export const heardBy = (phones: readonly CodePhone[]) => Promise.all(phones.map(async (phone) => phone.heard()));

/** Waits until each phone has heard a voice since. */
export async function untilAllHear(phones: readonly CodePhone[], before: readonly number[]): Promise<void> {
  for (const [at, phone] of phones.entries()) await untilHeard(phone, before[at] ?? 0, 300);
}

/** Notes how soon a key showed what a code has set. @param type of the event of the answer */
async function noteLit(codes: Codes, code: string, target: string, type = 'call.answered'): Promise<void> {
  const [lit, answered] = [codes.lamps.get(target)?.at ?? NaN, (await eventsOf(codes, type)).at(-1)?.timestamp ?? ''];
  codes.lit.push([code, lit - Date.parse(answered)]);
}

/** Dials a code that changes something, and expects that a key shows it, and that it is said until the call ends. */
async function expectChange(codes: Codes, phone: CodePhone, code: string, { lamp, said }: Omit<Change, 'set'>) {
  const before = await phone.heard();
  const dialed = phone.dial(code);
  await Promise.race([shows(codes, ...lamp), failureOf(dialed)]);
  await dialed;
  await idle(codes);
  await noteLit(codes, code, lamp[0]);
  await untilHeard(phone, before, voiceShare * lengthOf(said));
}

/** Dials each code that changes something: each change has an event. */
async function expectChanges(codes: Codes, phone: CodePhone): Promise<void> {
  for (const [code, change] of Object.entries(changes)) {
    await causedEvents(codes, 'callhandling.updated', 1, () => expectChange(codes, phone, code, change));
    expect(await handling(codes)).toMatchObject(change.set);
  }
  for (const [shown, said] of [
    [on, 'schedule-closed'],
    [off, 'schedule-automatic'],
  ] as const) {
    const change = { lamp: [codes.schedule, shown], said: [said] } as const;
    await causedEvents(codes, 'schedule.updated', 1, () => expectChange(codes, phone, '*28', change));
  }
}

export async function endAll(codes: Codes): Promise<void> {
  const { tenant } = codes.cloud;
  for (const { id } of await liveCalls(codes.cloud)) await tenant.ask('DELETE', `/Calls/${String(id)}`);
  await idle(codes);
}

/** Waits until one call is answered, and something holds, and ends it. */
async function expectUp(
  { codes, code, dialed }: { codes: Codes; code: string; dialed: Promise<unknown> },
  holds: () => unknown,
) {
  const isUp = eventually(async () => {
    const live = await liveCalls(codes.cloud);
    expect([code, live.map(({ status }) => status)]).toEqual([code, ['answered']]);
    await holds();
  }, 20_000);
  await Promise.race([isUp, failureOf(dialed)]);
  await endAll(codes);
  await dialed;
}

/** Codes that are answered by a voice. */
export const spoken = ['*43', '*65', '*97', '*98'] as const;

async function expectSpoken(codes: Codes, phone: CodePhone): Promise<void> {
  for (const code of spoken) {
    const before = await phone.heard();
    const dialed = phone.dial(code);
    await Promise.race([untilHeard(phone, before, 300), failureOf(dialed)]).catch(async (cause: unknown) => {
      const live = JSON.stringify(await liveCalls(codes.cloud));
      throw new Error(`no voice for ${code}; the calls are ${live}; ${phone.printed?.() ?? ''}`, { cause });
    });
    await endAll(codes);
    await dialed;
  }
}

export const isUp = (of: Softphone): boolean => of.calls.at(-1)?.isUp === true;

/** Calls who rings, until a key shows it. @returns the call */
export async function ringing(codes: Codes, { phone, extension }: Codes['own']): Promise<SoftCall> {
  phone.answers = 'ring';
  const before = phone.calls.length;
  const call = codes.caller.call(extension);
  await eventually(() => expect(phone.calls.length).toBe(before + 1), 20_000);
  await eventually(() => expect(codes.lamps.get(extension)?.shown).toMatch(/ early /), 20_000);
  return call;
}

/** Codes that take a call which rings, and who rings. */
export const pickUps = ({ callee, own }: Codes) =>
  [
    [`**${callee.extension}`, callee],
    ['*8', own],
  ] as const;

/** Parks a call in the first slot, and fetches it: each is an event, and a key shows it. */
async function expectParked(codes: Codes, phone: CodePhone): Promise<void> {
  const { callee, cloud } = codes;
  callee.phone.answers = 'answer';
  const talk = phone.dial(callee.extension);
  await eventually(() => expect(isUp(callee.phone)).toBe(true), 20_000);
  const parked = await causedEvents(codes, 'call.parked', 1, async () => {
    const before = await phone.heard();
    const parking = phone.dial('*85');
    await Promise.race([shows(codes, 'park/701', on), failureOf(parking)]);
    await eventually(async () => expect(await liveCalls(cloud)).toHaveLength(1), 30_000);
    await noteLit(codes, '*85', 'park/701');
    await untilHeard(phone, before, 300);
    await Promise.all([talk, parking]);
  });
  expect(parked).toMatchObject([{ data: { slot: '701' } }]);
  await causedEvents(codes, 'call.fetched', 1, async () => {
    const dialed = phone.dial('*85701');
    await expectUp({ codes, code: '*85701', dialed }, async () => {
      expect(isUp(callee.phone)).toBe(true);
      await shows(codes, 'park/701', off);
    });
  });
  await noteLit(codes, '*85701', 'park/701', 'call.fetched');
}

/** Speaks over a phone, takes calls that ring, parks a call and fetches it. */
async function expectTaken(codes: Codes, phone: CodePhone): Promise<void> {
  const { callee } = codes;
  const up = (code: string, holds: () => unknown) => expectUp({ codes, code, dialed: phone.dial(code) }, holds);
  callee.phone.answers = 'answer';
  await up(`*3${callee.extension}`, () => expect(isUp(callee.phone)).toBe(true));
  for (const [code, rings] of pickUps(codes)) {
    const call = await ringing(codes, rings);
    await up(code, async () => {
      expect([code, call.isUp, isUp(rings.phone)]).toEqual([code, true, false]);
      // The line rings no more.
      await shows(codes, rings.extension, off);
    });
    await noteLit(codes, code, rings.extension);
  }
  await expectParked(codes, phone);
}

/**
 * Dials each code of functions/sip-sidecar/calls/routing/README.md, "Feature codes".
 * @returns how soon the key showed what they set: within 2 s where nothing else runs
 */
export async function expectAllCodes(codes: Codes, phone: CodePhone): Promise<string> {
  await expectChanges(codes, phone);
  await expectSpoken(codes, phone);
  await expectTaken(codes, phone);
  return `milliseconds from the answer until a key showed it: ${codes.lit.map((each) => each.join(' ')).join(', ')}`;
}
