import fc from 'fast-check';
import { expect } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { schedulesWith } from '#telephony/call-handling-generated.fixture.ts';
import { day } from '#schema/time.ts';
import { dialedIn } from '#functions/sip-sidecar/calls/routing/dialed.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newCalledUserAt, useHandling, type CalledUser } from '../called-users.fixture.ts';
import { newLine, useExtensions } from '../calls.fixture.ts';
import {
  acceptKey,
  fields,
  outside,
  ringSeconds,
  slots,
  type ForwardEnd,
  type Named,
} from './generated-handling-cases.fixture.ts';
import { machineAddress } from '../peers/machine-address.ts';
import { ownAddress } from '../peers/sip-server.ts';
import type { TaskAddress, TaskCloud } from '../sidecar-tasks.fixture.ts';
import { untilTrusted } from '../softphones.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName, type Body } from '../tenant.fixture.ts';

/** Where generated calls to users come from and go to. All calls share these places: each always does the same. */

type Behavior = Softphone['answers'];

/** Answers, and does something as soon as the platform has taken the answer. */
const answersAnd =
  (act: (call: SoftCall) => void): Behavior =>
  (call) => {
    call.ring();
    call.answer();
    void eventually(() => call.isOver || call.log.includes('acknowledged'), 20_000).then(() => {
      if (!call.isOver) act(call);
    });
  };

const press = (call: SoftCall, key: string): Promise<number> =>
  call.session.info('application/dtmf-relay', Buffer.from(`Signal=${key}\r\nDuration=100\r\n`));

/** What those do whom calls are sent on to. Those outside say it by the last digit of their number. */
const behaviors = {
  answers: 'answer',
  busy: 486,
  no_answer: 480,
  unreachable: 503,
  rings: 'ring',
  presses: answersAnd((call) => void press(call, acceptKey)),
  'presses others': answersAnd((call) => void press(call, '1').then(() => call.hangUp())),
  'hangs up': answersAnd((call) => call.hangUp()),
  waits: 'answer',
  declines: 603,
  disturbed: 'answer',
} as const satisfies Readonly<Record<string, Behavior>>;
type BehaviorName = keyof typeof behaviors;
const behaviorNames = Object.keys(behaviors) as BehaviorName[];

/** A number outside whose person does this. @param slot where it is named: no number is called twice in a call */
const numberOutside = (does: string, slot: number): string =>
  `+467010000${slot}${behaviorNames.findIndex((name) => name === does)}`;

/** A number that the dial plan has no way to. */
const nowhere = (slot: number): string => `+1415555010${slot}`;

/** What all calls share. */
export type Places = {
  readonly cloud: TaskCloud;
  /** Ends what is opened for the calls. */
  readonly open: DisposableStack;
  readonly trunks: Readonly<Record<'carrier' | 'peer' | 'pbx', Softphone>>;
  readonly named: Omit<Named, 'caller'>;
  /** Phones that stay registered. */
  readonly registered: Softphone[];
  /** A new extension. */
  readonly extension: () => string;
};

export const taskOf = ({ tasks: [task] }: TaskCloud): TaskAddress => task;

/** A trunk that calls from the address of this machine. */
async function newTrunk(cloud: TaskCloud, type: keyof Places['trunks'], open: DisposableStack): Promise<Softphone> {
  const { tenant, operator } = cloud;
  const port = await freePort();
  const made = await tenant.ask('PUT', `/siptrunk/${type}`, { name: uniqueName('t'), host: machineAddress, port });
  const ips = [{ address: machineAddress, port, type: 'both' }] as const;
  expect(outcome(await trustAddresses(tenant, texts(made)['id'] ?? '', ips, operator))).toBe('201');
  await untilTrusted(machineAddress, port, taskOf(cloud));
  return open.use(await Softphone.open(taskOf(cloud), { from: machineAddress, port }));
}

type Making = Pick<Places, 'cloud' | 'open' | 'extension' | 'registered'>;

const create = async ({ cloud: { tenant } }: Pick<Making, 'cloud'>, path: string, body: Body): Promise<string> => {
  const made = await tenant.ask('PUT', path, body);
  expect(outcome(made)).toBe('201');
  return texts(made)['id'] ?? '';
};

/** Those outside, whom the dial plan reaches over a gateway, and who help in an emergency. */
async function newExit(making: Making): Promise<void> {
  const { cloud, open } = making;
  const exit = open.use(await Softphone.open(taskOf(cloud), { from: ownAddress(), hasDigits: true }));
  exit.answers = (call) => {
    const called = dialedIn(call.invite?.uri ?? expect.fail('no INVITE'));
    const does = called === '112' ? 'answer' : behaviors[behaviorNames[Number(called.at(-1))] ?? 'busy'];
    if (typeof does === 'function') does(call);
    else if (typeof does === 'number') call.reject(does);
    else call.ring();
    if (does === 'answer') call.answer();
  };
  const { address: host, port } = exit.place;
  const gateway = uniqueName('exit');
  await create(making, '/sipgateways/new', { name: gateway, host, port, ping: { enabled: false } });
  const policy = {
    ...{ name: gateway, status: 'active', priority: 10 },
    ...{ conditions: { pattern: '^[+]4670' }, actions: { allow: true, gateway } },
  };
  expect(outcome(await cloud.tenant.ask('PUT', '/dialplan/policy', policy))).toBe('201');
}

/** A user that does the same with each call. */
async function newUserThat({ cloud, open, extension, registered }: Making, does: BehaviorName): Promise<CalledUser> {
  const user = await newCalledUserAt(taskOf(cloud), cloud.tenant, extension(), open);
  user.phone.answers = behaviors[does];
  registered.push(user.phone);
  await useHandling(cloud.tenant, user, { do_not_disturb: does === 'disturbed' });
  return user;
}

/** Flows by what they do; two that have an extension follow users. */
async function newFlows(making: Making) {
  const flow = (steps: Body, more: Body = {}) =>
    create(making, '/callflows/new', { name: uniqueName('flow'), start: 'begin', steps, ...more });
  const answers = {
    begin: { type: 'dtmf', digits: '1', next: 'wait' },
    wait: { type: 'pause', seconds: 60 },
  };
  const hangup = (reason: string) => ({ begin: { type: 'hangup', reason } });
  const extensions = Array.from({ length: 1 + slots.follow }, () => making.extension());
  for (const extension of extensions) await flow(answers, { extension });
  return {
    extensions,
    answers: await flow(answers),
    busy: await flow(hangup('busy')),
    rejects: await flow(hangup('rejected')),
    ends: await flow(hangup('normal')),
    disabled: await flow(answers, { enabled: false }),
  };
}

/** Where forwards lead. */
async function newForwardTargets(making: Making, flows: Awaited<ReturnType<typeof newFlows>>) {
  const { cloud, open } = making;
  const users = {
    answers: await newUserThat(making, 'answers'),
    busy: await newUserThat(making, 'busy'),
    no_answer: await newUserThat(making, 'no_answer'),
    unreachable: await newUserThat(making, 'unreachable'),
    rings: await newUserThat(making, 'rings'),
  };
  const device = await newLine(cloud.tenant, making.extension());
  const phone = open.use(await Softphone.open(taskOf(cloud), { from: ownAddress(), account: device }));
  expect(await phone.register()).toBe(200);
  making.registered.push(phone);
  const group = (members: readonly Body[], more: Body = {}) =>
    create(making, '/ringgroups/new', { name: uniqueName('group'), members, ring_seconds: ringSeconds, ...more });
  const flowAfter = { no_answer: { type: 'flow', id: flows.answers } };
  for (const [user, enabled] of [
    [users.answers, true],
    [users.busy, false],
  ] as const) {
    const saved = await cloud.tenant.ask('PUT', `/voicemailprefs/${user.extension}`, { max_messages: 1_000, enabled });
    expect(outcome(saved)).toMatch(/^20[01]$/);
  }
  const byUser = (does: keyof typeof users) => users[does].extension;
  const at = (type: 'user' | 'device' | 'flow' | 'ring_group' | 'voicemail', id: string) => ({ type, id });
  return {
    'user answers': byUser('answers'),
    'user busy': byUser('busy'),
    'user no_answer': byUser('no_answer'),
    'user unreachable': byUser('unreachable'),
    'user by id': at('user', users.answers.id),
    device: at('device', device.device),
    'flow answers': at('flow', flows.answers),
    'flow by extension': flows.extensions[0] ?? '',
    'flow busy': at('flow', flows.busy),
    'flow rejects': at('flow', flows.rejects),
    'flow ends': at('flow', flows.ends),
    'flow disabled': at('flow', flows.disabled),
    'group answers': at('ring_group', await group([{ user: users.answers.id }, { user: users.rings.id }])),
    'group busy': at('ring_group', await group([{ user: users.busy.id }])),
    'group silent': at('ring_group', await group([{ user: users.rings.id }])),
    'group empty': at('ring_group', await group([])),
    'group, then flow': at('ring_group', await group([{ user: users.busy.id }], flowAfter)),
    'group outside': at('ring_group', await group([{ number: numberOutside('answers', 9) }])),
    mailbox: at('voicemail', users.answers.extension),
    'mailbox disabled': at('voicemail', users.busy.extension),
  } satisfies Partial<Record<ForwardEnd, unknown>>;
}

/** Users that calls follow, by slot. */
async function newFollowedUsers(making: Making) {
  const users: Readonly<Record<string, CalledUser>>[] = [];
  for (let slot = 0; slot < slots.follow; slot += 1)
    users.push({
      answers: await newUserThat(making, 'answers'),
      presses: await newUserThat(making, 'presses'),
      busy: await newUserThat(making, 'busy'),
      disturbed: await newUserThat(making, 'disturbed'),
    });
  return users;
}

async function newSchedules(making: Making, seed: number): Promise<Named['schedules']> {
  const date = fc.integer({ min: -1, max: 1 }).map((days) => new Date(Date.now() + days * day));
  const made = fc.sample(schedulesWith(date), { numRuns: slots.schedules, seed });
  return Promise.all(
    made.map(async (schedule) => ({
      schedule,
      id: await create(making, '/schedules/new', { name: uniqueName('hours'), ...schedule }),
    })),
  );
}

/** @param open ends it @param seed of the schedules */
export async function newPlaces(cloud: TaskCloud, open: DisposableStack, seed: number): Promise<Places> {
  const { tenant } = cloud;
  let next = 200;
  const making: Making = { cloud, open, registered: [], extension: () => String(next++) };
  await useExtensions(tenant);
  await create(making, '/blockedcallers/new', { name: uniqueName('b'), caller: outside[0] });
  await newExit(making);
  const flows = await newFlows(making);
  const targets = await newForwardTargets(making, flows);
  const followed = await newFollowedUsers(making);
  return {
    ...making,
    trunks: {
      carrier: await newTrunk(cloud, 'carrier', open),
      peer: await newTrunk(cloud, 'peer', open),
      pbx: await newTrunk(cloud, 'pbx', open),
    },
    named: {
      schedules: await newSchedules(making, seed),
      forwardTo: (way, field) => {
        const [, does] = /^outside (.*)$/.exec(way) ?? [];
        if (does !== undefined) return numberOutside(does, fields.indexOf(field));
        return way === 'nowhere' ? nowhere(fields.indexOf(field)) : targets[way as keyof typeof targets];
      },
      numberOf: (name, slot) => {
        const [, place, does = ''] = /^(user|outside) (.*)$/.exec(name) ?? [];
        if (place === 'outside') return numberOutside(does, fields.length + slot);
        if (place === 'user') return followed[slot]?.[does]?.extension ?? expect.fail(name);
        return name === 'flow' ? (flows.extensions[1 + slot] ?? expect.fail(name)) : nowhere(fields.length + slot);
      },
    },
  };
}
