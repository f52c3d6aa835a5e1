import { expect } from 'vitest';
import { serialize } from '#sip/message.ts';
import { isSipUri, userOf } from '#sip/uri.ts';
import { eventually, past } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import { useHandling } from '../called-users.fixture.ts';
import type { OwnCloud } from '../cloud.ts';
import { newAccountOf } from '../peers/accounts.ts';
import type { CallKind, PlacedCall, PrepaidOutcome, StormCustomer } from './prepaid-outcome.fixture.ts';
import {
  openPhone,
  outsideRule,
  runPrepaidStorm,
  type PrepaidStorm,
  type StormPlace,
  type StormScenario,
} from './prepaid-storm.fixture.ts';
import { refer } from '../softphones.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/**
 * Calls to users of prepaid organizations, who forward them, are followed by them and pick them up, and calls to
 * numbers outside that are parked and fetched.
 */

type HandledKind = CallKind & {
  /** What the user does with calls, of whom there is one for each call; undefined: another one is called. */
  readonly handling?: (outside: string) => object;
  /** What the phone of this user does; undefined: there is none. */
  readonly answers?: Softphone['answers'];
  /** What is dialed otherwise. */
  readonly dials?: (outside: string) => string;
  readonly play?: (placed: PlacedCall<HandledCustomer, HandledKind>) => Promise<void>;
};

type HandledCustomer = StormCustomer & {
  /** At the task that is not killed: it picks up what rings, and fetches what is parked. */
  readonly colleague: Softphone;
  /** Slots in which calls were parked so far. */
  readonly parked: { count: number };
};

/** Extension of a user whose phone rings, and whose calls a colleague picks up. */
const ringing = '202';
const colleague = '203';
/** Extensions of users of whom each forwards to the next one, and the number to which the last one does. */
const chain = ['391', '392', '393', '394', '395', '396', '397'] as const;
/** Users who forward to each other. */
const ring = ['381', '382'] as const;
const endOfChain = '12125550000';

const reached = { callsOutside: true, mayReachNoOne: false } as const;
/** Who cannot pay for it reaches no one. */
const payable = { callsOutside: true, mayReachNoOne: true } as const;
const inside = { callsOutside: false, mayReachNoOne: false } as const;
const nowhere = { callsOutside: false, mayReachNoOne: true } as const;

const kinds: readonly HandledKind[] = [
  { name: 'forwarded', talk: 4_000, ...payable, handling: (always) => ({ forward: { always } }) },
  { name: 'busy', talk: 5_000, ...reached, answers: 486, handling: (busy) => ({ forward: { busy } }) },
  {
    ...{ name: 'unanswered', talk: 11_000, ...reached, answers: 'ring' },
    handling: (no_answer) => ({ ring_seconds: 5, forward: { no_answer } }),
  },
  {
    ...{ name: 'abandoned', talk: 2_000, ...nowhere, answers: 'ring' },
    handling: (no_answer) => ({ ring_seconds: 10, forward: { no_answer } }),
  },
  {
    ...{ name: 'followed', talk: 6_000, ...reached, answers: 'ring' },
    handling: (number) => ({ ring_seconds: 60, follow_me: [{ number, accept_key: null }] }),
  },
  {
    ...{ name: 'answered before', talk: 6_000, ...inside, answers: 'answer' },
    handling: (number) => ({ follow_me: [{ number, delay_seconds: 10, accept_key: null }] }),
  },
  // Longer than others may ring on: they stop when it is picked up.
  { name: 'picked up', talk: 20_000, ...inside, dials: () => ringing, play: pickUp },
  { name: 'parked', talk: 15_000, ...payable, dials: (outside) => outside, play: park },
  { name: 'chain', talk: 4_000, ...nowhere, dials: () => chain[0] },
  { name: 'ring', talk: 4_000, ...nowhere, dials: () => ring[0] },
];

const up = (call: SoftCall): Promise<boolean> => eventually(() => call.isUp, 2_000);

/** A colleague takes the call that rings: of two at once perhaps the other one's. */
async function pickUp({ customer }: PlacedCall<HandledCustomer, HandledKind>): Promise<void> {
  await past(2_000);
  const picked = customer.colleague.call(`**${ringing}`);
  await up(picked);
  await past(4_000);
  picked.hangUp();
}

/** The caller parks whom it has called, and a colleague fetches the call. */
async function park(placed: PlacedCall<HandledCustomer, HandledKind>): Promise<void> {
  const { customer, call, outside, startedAt, kind } = placed;
  const { caller, parked, carrier } = customer;
  // What is parked and was not fetched, its party ends.
  setTimeout(
    () => {
      for (const each of carrier.calls) if (outsideIn(each) === outside && !each.isOver) each.hangUp();
    },
    startedAt + kind.talk - Date.now(),
  );
  await up(call);
  await past(1_000);
  const slot = 701 + (parked.count % 20);
  parked.count += 1;
  const { reports } = await refer(call, `*85${slot}`, { host: caller.domain });
  await eventually(() => reports.at(-1) === 200, 2_000);
  await past(1_000);
  const fetched = customer.colleague.call(`*85${slot}`);
  await up(fetched);
  await past(3_000);
  fetched.hangUp();
}

/** The number outside of a call: a carrier sees it, and phones what the caller's INVITE says (`Subject`). */
function outsideIn({ invite }: SoftCall): string {
  if (invite === undefined) return '';
  const [, subject] = /^Subject: (1212[0-9]{7})/im.exec(serialize(invite).toString()) ?? [];
  return subject ?? (isSipUri(invite.uri) ? (userOf(invite.uri) ?? '').replace('+', '') : '');
}

async function newUser({ ask }: AdministeredTenant, extension: string): Promise<{ id: string; extension: string }> {
  const made = await ask('PUT', '/users', { username: uniqueName('handled'), extension });
  if (made.status !== 201) throw new Error(`the user is answered ${outcome(made)}`);
  return { id: texts(made)['id'] ?? '', extension };
}

/** A user with a phone at the task that is not killed. */
async function newPhoneOf(
  { tenant, phones }: StormCustomer,
  user: { readonly id: string; readonly extension: string },
  answers: Softphone['answers'],
  { tasks: [, two], open }: StormPlace,
): Promise<Softphone> {
  const account = await newAccountOf(tenant, { user: user.id, extension: user.extension });
  const phone = await openPhone(account, two, answers, open);
  phones.push(phone);
  return phone;
}

async function equip(customer: StormCustomer, place: StormPlace): Promise<HandledCustomer> {
  const { tenant } = customer;
  const extensions = {
    priority: 2,
    pattern: '^([2-8][0-9]{2}|4[0-9]{4})$',
    action: 'bridge',
    destination: 'user/$1@office',
  };
  const template = { name: 'Storm', rules: [outsideRule, extensions], variables: {} };
  // What no one fetches returns, is not answered, and ends.
  const settings = { park: { first: '701', last: '720', return_seconds: 10 } };
  const made = [
    await tenant.ask('PUT', '/dialplan/template', template),
    await tenant.ask('POST', '/orgs/me', { settings }),
  ];
  expect(made.map(outcome).join()).toMatch(/^20[01],200$/);
  const [called, other] = [await newUser(tenant, ringing), await newUser(tenant, colleague)];
  const group = texts(await tenant.ask('PUT', '/groups', { name: uniqueName('sales') }));
  const members = { user_ids: [called.id, other.id] };
  expect(outcome(await tenant.ask('PUT', `/groups/${group['id']}/members`, members))).toBe('200');
  await newPhoneOf(customer, called, 'ring', place);
  for (const [at, extension] of chain.entries())
    await useHandling(tenant, await newUser(tenant, extension), { forward: { always: chain[at + 1] ?? endOfChain } });
  for (const [at, extension] of ring.entries())
    await useHandling(tenant, await newUser(tenant, extension), { forward: { always: ring[1 - at] } });
  return { ...customer, colleague: await newPhoneOf(customer, other, 603, place), parked: { count: 0 } };
}

const scenario: StormScenario<HandledCustomer, HandledKind> = {
  kinds,
  equip,
  plan: async ({ customer, kind: { handling, answers, dials }, outside }, place) => {
    if (handling === undefined) return dials?.(outside) ?? outside;
    const user = await newUser(customer.tenant, `4${outside.slice(-4)}`);
    await useHandling(customer.tenant, user, handling(outside));
    if (answers !== undefined) await newPhoneOf(customer, user, answers, place);
    return user.extension;
  },
  outsideOf: (_peer, call) => outsideIn(call),
  play: async (placed) => placed.kind.play?.(placed),
};

/** Runs the storm, and waits until every call has ended and is charged. */
export const runHandledCalls = (cloud: OwnCloud, storm: PrepaidStorm): Promise<PrepaidOutcome> =>
  runPrepaidStorm(cloud, storm, scenario);

/** Expects that no call was forwarded more often than five times, nor in a circle. */
export function expectNoLoop({ legs }: PrepaidOutcome): void {
  expect(legs.get(endOfChain)).toBe(undefined);
}
