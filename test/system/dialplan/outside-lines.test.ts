import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';
import { Headers } from '#sip/headers.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { startReceiver, type Receiver } from '#test/support/webhook-receiver.fixture.ts';
import { newNumber, useExtensions, newFlow, newGatewayTo, newPolicyFor } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName } from '../tenant.fixture.ts';

/** Whom flows call outside, for numbers that a caller, its headers or a server name: no one gets an outside line so. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let carrier: Softphone;
let receiver: Receiver;
let operator: string;
let policy: string;
let tones: Awaited<ReturnType<typeof uploadTones>>;
/** What the server of the tenant has the flow call, if the caller names nothing. */
let answered = '';

const seven = () => String(randomInt(1e7)).padStart(7, '0');
/** Numbers that the policy of the flow allows, another policy, a rule of the template, and none. */
const numbers = {
  own: () => `+4670${seven()}`,
  other: () => `+4676${seven()}`,
  template: () => `+4673${seven()}`,
  transferred: () => `+4679${seven()}`,
  none: () => `+4672${seven()}`,
} as const;

beforeAll(async () => {
  receiver = await startReceiver(({ body }) => {
    const { variables } = JSON.parse(body) as { variables: Readonly<Record<string, string>> };
    const wished = variables['header.x_wish'];
    const to = wished ?? answered;
    const exits = wished === undefined ? { busy: 'bye', denied: 'menu' } : {};
    return {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ start: 'own', variables: { wish: to } },
        steps: { own: { type: 'dial', to: [to], ring_seconds: 5, ...exits } },
      }),
    };
  });
  everything.defer(() => receiver.stop());
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  ann = everything.use(await ToneListener.register(tenant, task, '201'));
  carrier = everything.use(await Softphone.open(task, { from: ownAddress() }));
  carrier.answers = 486;
  tones = await uploadTones(tenant, { welcome: 0.3, menu: 0.3, bye: 0.3 });
  operator = cloud.operator;
  const { name: gateway } = await newGatewayTo(tenant, carrier.place);
  policy = await newPolicyFor(tenant, '^[+]4670', gateway);
  await newPolicyFor(tenant, '^[+]4676', gateway, 20);
  const destination = `sofia/gateway/${gateway}/$0`;
  await useExtensions(
    tenant,
    { priority: 2, pattern: '^[+]4673[0-9]+$', action: 'bridge', destination },
    { priority: 3, pattern: '^[+]4679([0-9]+)$', action: 'transfer', destination: '+4670$1' },
  );
});
afterAll(() => everything.disposeAsync());

const said = (tone: keyof typeof tones, next = 'end') => ({ type: 'play', prompt: { file: tones[tone] }, next });

/** A number whose flow calls what its caller names. @param to default: the header of the caller */
async function dialing(external_policy: string | null, to = '{{header.x_dial}}'): Promise<string> {
  const steps = {
    ask: { type: 'branch', when: [{ variable: 'header.x_dial', equals: 'webhook', to: 'asks' }], else: 'ring' },
    asks: { type: 'webhook', url: receiver.url('/'), failed: 'welcome' },
    ring: { type: 'dial', to: [to], ring_seconds: 5, busy: 'bye', denied: 'menu', unreachable: 'welcome' },
    ...{ bye: said('bye'), menu: said('menu'), welcome: said('welcome'), end: { type: 'hangup' } },
  };
  const id = await newFlow(cloud.tenant, steps, { external_policy });
  return newNumber(cloud.tenant, { type: 'flow', id }, operator);
}

const outcomes: Readonly<Record<string, string>> = { bye: 'called', menu: 'denied', welcome: 'unreachable' };

/** What becomes of a wish of the caller. */
async function asks(number: string, dial: string): Promise<string | undefined> {
  const before = ann.voice.heard.length;
  const call = ann.phone.call(number, { headers: Headers.none.append(textHeader('X-Dial'), dial) });
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
  const [heard] = ann.tonesSince(before).filter((tone) => tone in outcomes);
  return outcomes[heard ?? ''];
}

test('what a caller names is called as the policy of the flow allows, and else is not', async () => {
  const flow = await dialing(policy);
  const wishes: readonly (readonly [wish: string, expected: string])[] = [
    ...[1, 2, 3].map(() => [numbers.own(), 'called'] as const),
    ...[1, 2].map(() => [numbers.other(), 'denied'] as const),
    ...[1, 2].map(() => [numbers.template(), 'denied'] as const),
    [numbers.transferred(), 'denied'],
    [numbers.none(), 'unreachable'],
    ['112', 'denied'],
    ['299', 'unreachable'],
    ['sip:someone@192.0.2.1', 'unreachable'],
    [`${numbers.own()},${numbers.other()}`, 'unreachable'],
  ];
  const found: (readonly [string, string | undefined])[] = [];
  for (const [wish] of wishes) found.push([wish, await asks(flow, wish)]);
  expect(found).toEqual(wishes);
}, 180_000);

test('a flow without a policy calls no outside number that its caller names', async () => {
  const flow = await dialing(null);
  const wishes = [numbers.own(), numbers.other(), numbers.template()];
  for (const wish of wishes) expect(await asks(flow, wish)).toBe('denied');
}, 60_000);

test('a number that the flow itself names is called as the plan allows', async () => {
  expect(await asks(await dialing(null, numbers.other()), '')).toBe('called');
});

test('a number that a server answers is none of the flow', async () => {
  const flow = await dialing(policy);
  answered = numbers.other();
  expect(await asks(flow, 'webhook')).toBe('denied');
  answered = numbers.own();
  expect(await asks(flow, 'webhook')).toBe('called');
});

/** `ATTEMPTS=1000 npm run test:system -- outside-lines` makes more of them. */
const attempts = Number(process.env['ATTEMPTS'] ?? 24);

const known = fc.constantFrom(...Object.values(numbers)).map((draw) => draw());
/** How a number is written that is to pass for another one. */
const disguises: readonly ((number: string) => string)[] = [
  (number) => number,
  (number) => number.slice(1),
  (number) => `00${number.slice(1)}`,
  (number) => `0${number.slice(3)}`,
  (number) => `+4670,${number}`,
  (number) => `${number};phone-context=+4670`,
  (number) => `sip:${number}@${carrier.place.address}`,
  (number) => `tel:${number}`,
  (number) => `sofia/gateway/x/${number}`,
  (number) => `user/${number}`,
  (number) => `${number}@office`,
  (number) => `*31#${number}`,
  (number) => `{{header.x_dial}}${number}`,
  (number) => `+4670 ${number}`,
  (number) => `+46701234567${number}`,
];
const wish = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(known, fc.constantFrom(...disguises)).map(([number, write]) => write(number)) },
  { weight: 1, arbitrary: fc.constantFrom('112', '911', '+112', '299', 'anonymous') },
  { weight: 1, arbitrary: fc.stringMatching(/^[+0-9*#A-Za-z.@:;,_ -]{1,40}$/) },
);

/** Numbers whose flows call what is named in each way there is. */
async function newWays(): Promise<readonly string[]> {
  const { tenant } = cloud;
  const dial = (to: string) => ({ type: 'dial', to: [to], ring_seconds: 5 });
  const save = (external_policy: string | null, start: string, steps: Readonly<Record<string, object>>) =>
    newFlow(tenant, steps, { start, external_policy });
  const header = '{{header.x_wish}}';
  const asks = (next: string) => ({ type: 'webhook', url: receiver.url('/'), send: ['header.x_wish'], next });
  const own = await save(policy, 'ring', { ring: dial(header) });
  const none = await save(null, 'ring', { ring: dial(header) });
  const flows = [
    own,
    none,
    await save(policy, 'ask', { ask: asks('ring'), ring: dial('{{wish}}') }),
    await save(null, 'ask', { ask: asks('ring'), ring: dial('{{wish}}') }),
    await save(policy, 'set', {
      set: { type: 'set', variables: { wish: header }, next: 'ring' },
      ring: dial('{{wish}}'),
    }),
    await save(policy, 'ring', { ring: dial('+46{{header.x_wish}}') }),
    // The policy of the flow that calls counts, not that of one before it.
    await save(policy, 'on', { on: { type: 'goto', flow: none } }),
    await save(null, 'on', { on: { type: 'goto', flow: own } }),
  ];
  const group = await tenant.ask('PUT', '/ringgroups/new', {
    name: uniqueName('group'),
    no_answer: { type: 'flow', id: own },
  });
  expect(outcome(group)).toBe('201');
  const routes = [...flows.map((id) => ({ type: 'flow', id })), { type: 'ring_group', id: texts(group)['id'] ?? '' }];
  return Promise.all(routes.map((route) => newNumber(tenant, route, operator)));
}

const dialedAt = ({ calls }: Softphone): readonly string[] =>
  calls.map(({ invite }) => (invite !== undefined && 'user' in invite.uri ? (invite.uri.user ?? '') : ''));

test(`of ${attempts} generated attempts none reaches what the policy of the flow does not allow`, async () => {
  const ways = await newWays();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  const callers = await Promise.all(
    ['210', '211', '212', '213'].map((each) => ToneListener.register(tenant, task, each)),
  );
  for (const caller of callers) everything.use(caller);
  const before = carrier.calls.length;
  const drawn = fc.sample(fc.tuple(fc.constantFrom(...ways), wish), attempts);
  const plain = ways.map((way) => [way, numbers.own()] as const);
  const wishes = [...drawn, ...plain];
  const place = async ({ phone }: ToneListener): Promise<void> => {
    for (let next = wishes.shift(); next !== undefined; next = wishes.shift()) {
      const [way, wanted] = next;
      const call = phone.call(way, { headers: Headers.none.append(textHeader('X-Wish'), wanted) });
      await eventually(() => expect(call.isOver).toBe(true), 40_000);
    }
  };
  await Promise.all(callers.map((caller) => place(caller)));
  const dialed = dialedAt(carrier).slice(before);
  // With a host of its own it is the same number.
  expect(dialed.filter((number) => !/^[+]?4670[0-9]+(?:%40office)?$/.test(number))).toEqual([]);
  // As it is, a number of the policy is called by each way that has the policy, and by none of the others.
  expect(plain.map(([, number]) => dialed.includes(number))).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
    false,
    true,
    true,
  ]);
}, 3_000_000);
