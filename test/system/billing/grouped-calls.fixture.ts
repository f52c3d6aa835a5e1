import { serialize } from '#sip/message.ts';
import { isSipUri, userOf } from '#sip/uri.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import { newLine, newNumber } from '../calls.fixture.ts';
import type { OwnCloud } from '../cloud.ts';
import type { CallKind, PrepaidOutcome, StormCustomer } from './prepaid-outcome.fixture.ts';
import { openPhone, runPrepaidStorm, type PrepaidStorm, type StormScenario } from './prepaid-storm.fixture.ts';
import { outcome, texts, uniqueName } from '../tenant.fixture.ts';

/**
 * Calls to ring groups of prepaid organizations, with phones that decline, ring on or answer, and numbers outside, each
 * of which is charged.
 */

type Role = 'busy' | 'ringing' | 'answering';

type GroupKind = CallKind & { readonly members: readonly Role[]; readonly hasNumber: boolean };

/** What the groups of calls are. */
const kinds: readonly GroupKind[] = [
  // A phone answers while another one rings.
  {
    ...{ name: 'answered', members: ['busy', 'ringing', 'answering'], hasNumber: false },
    ...{ talk: 3_000, callsOutside: false, mayReachNoOne: false },
  },
  // The number outside is called at once.
  {
    ...{ name: 'declined', members: ['busy'], hasNumber: true },
    ...{ talk: 4_000, callsOutside: true, mayReachNoOne: false },
  },
  // It is called after 5 s.
  {
    ...{ name: 'silent', members: ['ringing'], hasNumber: true },
    ...{ talk: 10_000, callsOutside: true, mayReachNoOne: false },
  },
  // The caller has hung up before.
  {
    ...{ name: 'abandoned', members: ['ringing'], hasNumber: true },
    ...{ talk: 2_000, callsOutside: false, mayReachNoOne: true },
  },
];

type Member = { readonly phone: Softphone; readonly device: string };
type GroupCustomer = StormCustomer & { readonly members: Readonly<Record<Role, Member>> };

/** The number outside of the group that calls: phones see it as its prefix, and a carrier as what is called. */
function outsideIn({ invite }: SoftCall): string {
  if (invite === undefined) return '';
  const [, prefix] = /^From: "(1212[0-9]{7})/im.exec(serialize(invite).toString()) ?? [];
  return prefix ?? (isSipUri(invite.uri) ? (userOf(invite.uri) ?? '') : '');
}

const scenario: StormScenario<GroupCustomer, GroupKind> = {
  kinds,
  equip: async (customer, { tasks: [, two], open }) => {
    const member = async (extension: string, answers: Softphone['answers']): Promise<Member> => {
      const account = await newLine(customer.tenant, extension);
      const phone = await openPhone(account, two, answers, open);
      customer.phones.push(phone);
      return { phone, device: account.device };
    };
    const [busy, ringing, answering] = [
      await member('202', 486),
      await member('203', 'ring'),
      await member('204', 'answer'),
    ];
    return { ...customer, members: { busy, ringing, answering } };
  },
  // A group of its own, so that each leg shows which call it is of.
  plan: async ({ customer: { tenant, members: phones }, kind: { members, hasNumber }, outside }, { operator }) => {
    const group = {
      name: uniqueName('group'),
      caller_name_prefix: outside,
      ring_seconds: 5,
      members: [
        ...members.map((role) => ({ device: phones[role].device, priority: role === 'busy' ? 1 : 2 })),
        ...(hasNumber ? [{ number: outside, priority: 3 }] : []),
      ],
    };
    const made = await tenant.ask('PUT', '/ringgroups/new', group);
    if (outcome(made) !== '201') throw new Error(`the group is answered ${outcome(made)}`);
    return newNumber(tenant, { type: 'ring_group', id: texts(made)['id'] ?? '' }, operator);
  },
  outsideOf: (_peer, call) => outsideIn(call),
};

/** Runs the storm, and waits until every call has ended and is charged. */
export const runGroupedCalls = (cloud: OwnCloud, storm: PrepaidStorm): Promise<PrepaidOutcome> =>
  runPrepaidStorm(cloud, storm, scenario);
