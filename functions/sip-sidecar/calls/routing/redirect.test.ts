import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { Fault } from '#sip/fault.ts';
import { parseUri, sipUri } from '#sip/uri.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { gatewayParty, phoneParty } from '../call/calls.fixture.ts';
import { Redirections } from '../call/redirections.ts';
import { noParty } from '../call/record.ts';
import { redirector } from './redirect.ts';
import type { Target, UndecidedCall } from './target.ts';
import { rejection, type RoutedCall, type Route } from './route.ts';
import type { RoutedForward, RouteForward } from './forwards.ts';

const target = (party: Target['party']): Target => ({
  party,
  uri: sipUri({ user: party.target, host: '192.0.2.1' }),
  to: {
    kind: 'phone',
    flow: {
      transport: 'udp',
      remote: { address: '192.0.2.1', port: 5_060 },
      local: { address: '192.0.2.2', port: 5_060 },
    },
  },
  trust: 'phone',
  callerNumber: null,
  channels: [],
  limits: {},
});
const phone = (extension: string): Target => target(phoneParty(extension));

const routed = (...targets: readonly Target[]): Extract<Route, { kind: 'routed' }> => ({
  kind: 'routed',
  attempts: [targets],
  limit: { seconds: null, isReserved: false },
  isRecorded: false,
  reservedUntil: null,
  direction: 'internal',
  number: null,
  channels: [],
  limits: {},
  policy: null,
  isEmergency: false,
});

const uriOf = (text: string) => {
  const uri = parseUri(text);
  if (uri instanceof Fault) throw new Error(uri.reason);
  return uri;
};

const paid: RoutedForward = { attempts: [[target(gatewayParty('gw_1'))]], isRecorded: true };
const toPhone: RouteForward = async () => ({ attempts: [[phone('202')]], isRecorded: false });

const ann = { extension: '201', direct_number: '+46890510' } as Partial<UserItem> as UserItem;

const withoutUser = phone('201');
const annsPhone: Target = { ...withoutUser, party: { ...withoutUser.party, user_id: 'usr_ann' } };

type Facts = {
  readonly from?: Target;
  /** By what is dialed. Default: phones of extensions. */
  readonly routes?: Readonly<Record<string, Route>>;
  /** Where users send calls on. Default: to a phone. */
  readonly forward?: RouteForward;
};

/** What a phone with extension 201 is redirected to. */
function redirections({ from = withoutUser, routes = {}, forward = toPhone }: Facts = {}) {
  const decided: Omit<RoutedCall, 'organization'>[] = [];
  const redirect = redirector({
    directory: {
      hasDomain: async (organization, host) => organization === 1_001 && host === 'pbx.example.com',
      user: async (_organization, id) => (id === 'usr_ann' ? ann : undefined),
      ownNumber: async (_organization, number) => ({ number }) as never,
    },
    routing: {
      forward,
      route: async ({ organization: _, ...call }) => {
        decided.push(call);
        return routes[call.called] ?? routed(phone(call.called));
      },
    },
    platform: ['sip.example.com', '198.51.100.1'],
  });
  const call = { id: 'call_1', organization: organizationOf(1_001), caller: null, redirections: new Redirections() };
  call.redirections.note(from.party.target);
  const ask = (...contacts: readonly string[]) => redirect(call, from, contacts.map(uriOf));
  const follow = async (...contacts: readonly string[]) => {
    const found = await ask(...contacts);
    return found && { ...found, targets: found.targets.map(({ party }) => party.target) };
  };
  const pathTo = async (contact: string) => {
    const { diverted } = (await redirect(call, from, [uriOf(contact)]))?.targets[0] ?? {};
    return [...(diverted?.by ?? []).map(({ extension }) => extension), diverted?.to];
  };
  return { ask, follow, decided, pathTo };
}

describe('a redirection by a phone without a user', () => {
  test.each(['sip:202@pbx.example.com', 'sip:202@SIP.example.com;transport=tcp', 'sips:202@198.51.100.1:5061'])(
    'to %s is followed',
    async (contact) => {
      const { follow } = redirections();
      expect(await follow(contact)).toEqual({ extension: '202', targets: ['202'] });
    },
  );

  test.each([
    'sip:202@elsewhere.example.com',
    'sip:202@192.0.2.7',
    'sip:+46890511@pbx.example.com',
    'sip:ann@pbx.example.com',
    'sip:pbx.example.com',
    'tel:202',
    'http://pbx.example.com/202',
  ])('to %s is not followed, and nothing is decided', async (contact) => {
    const { follow, decided } = redirections();
    expect([await follow(contact), decided]).toEqual([undefined, []]);
  });

  test('is decided as a part of the call in progress, and reserves nothing', async () => {
    const { follow, decided } = redirections();
    await follow('sip:202@pbx.example.com');
    expect(decided).toEqual([
      { callId: 'call_1', called: '202', caller: null, userId: null, reserves: false, isInProgress: true },
    ]);
  });

  test('is not followed to what is denied, is a number, or leaves the organization', async () => {
    const routes = {
      '202': rejection('POLICY_DENY'),
      '203': {
        ...routed(phone('203')),
        channels: [{ kind: 'number', id: '+46890511', direction: 'inbound' }],
      } as const,
      '204': routed(target(gatewayParty('gw_1'))),
      '205': routed(phone('205'), target({ ...noParty, kind: 'sip', target: 'x' })),
      '206': routed(),
    };
    const { follow } = redirections({ routes });
    for (const extension of Object.keys(routes))
      expect(await follow(`sip:${extension}@pbx.example.com`), extension).toBeUndefined();
  });

  test('follows the first Contact that can be called', async () => {
    const { follow } = redirections({ routes: { '202': rejection('NO_ROUTE') } });
    const hosts = ['sip:9@elsewhere.example.com', 'sip:202@pbx.example.com', 'sip:203@pbx.example.com'];
    expect(await follow(...hosts)).toMatchObject({ extension: '203' });
  });

  test('calls no phone twice, whatever name it has in the dial plan', async () => {
    const { follow } = redirections({ routes: { '7201': routed(phone('201'), phone('202')) } });
    expect(await follow('sip:201@pbx.example.com')).toBeUndefined();
    expect(await follow('sip:7201@pbx.example.com')).toMatchObject({ targets: ['202'] });
    expect(await follow('sip:7201@pbx.example.com')).toBeUndefined();
  });

  test('names who has sent the call on, and no phone line by its user name', async () => {
    const to = 'sip:202@pbx.example.com';
    const before = { extension: '200', number: null, reason: 'unconditional' as const };
    const chained = redirections({ from: { ...phone('201'), diverted: { by: [before], to: '201' } } });
    expect([await redirections().pathTo(to), await chained.pathTo(to)]).toEqual([
      ['201', '202'],
      ['200', '201', '202'],
    ]);
    const line = { ...noParty, kind: 'line', target: 'f8ab70c893d0', line: 'f8ab70c893d0' } as const;
    expect(await redirections({ from: target(line) }).pathTo(to)).toEqual([null, '202']);
  });
});

describe("a redirection by a user's phone", () => {
  const undecided = (isBeside = false) => ({ isBeside }) as UndecidedCall;

  /** What becomes of the call to the Contacts, once the turn of their target comes. */
  async function decidedAt(contacts: readonly string[], forward: RouteForward, isBeside?: boolean) {
    const redirection = await redirections({ from: annsPhone, forward }).ask(...contacts);
    const to = redirection?.targets[0]?.to;
    return to?.kind === 'deferred' ? to.decide(undecided(isBeside), []) : undefined;
  }
  const entry = (denied: string | null) => ({ user_id: 'usr_ann', action: 'forward', reason: 'REDIRECTED', denied });

  test.each(['sip:+46890511@pbx.example.com', 'sip:202@sip.example.com', 'sip:0046890511@198.51.100.1'])(
    'to %s is a forward of the user',
    async (contact) => {
      const asked: unknown[] = [];
      const decided = await decidedAt([contact], async (_call, to, by) => {
        asked.push([to, by]);
        return paid;
      });
      const by = { id: 'usr_ann', extension: '201', number: '+46890510' };
      expect(asked).toEqual([[/:(.*)@/.exec(contact)?.[1], by]]);
      expect(decided).toEqual({ ...paid, entries: [entry(null)], by, forward: undefined, followUp: undefined });
    },
  );

  test.each([
    'sip:+46890511@elsewhere.example.com',
    'sip:ann@pbx.example.com',
    'tel:+46890511',
    'sip:*97@pbx.example.com',
  ])('to %s is not followed', async (contact) => {
    expect(await redirections({ from: annsPhone }).ask(contact)).toBeUndefined();
  });

  test('follows the first Contact that is not denied, and says why others are', async () => {
    const contacts = ['sip:900@pbx.example.com', 'sip:202@pbx.example.com', 'sip:203@pbx.example.com'];
    const decided = await decidedAt(contacts, async (_call, to) => (to === '900' ? { denied: 'POLICY_DENY' } : paid));
    expect(decided?.entries).toEqual([entry('POLICY_DENY'), entry(null)]);
  });

  test('fails if all are denied', async () => {
    const decided = await decidedAt(['sip:900@pbx.example.com'], async () => ({ denied: 'NO_ROUTE' }));
    expect(decided).toMatchObject({ entries: [entry('NO_ROUTE')], failure: { status: 480 } });
  });

  test('rings on beside others where the phone did', async () => {
    expect(await decidedAt(['sip:202@pbx.example.com'], async () => paid, true)).toMatchObject({ isBeside: true });
  });
});
