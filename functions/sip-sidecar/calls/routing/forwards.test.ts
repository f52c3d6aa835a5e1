import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { AppError } from '#errors.ts';
import type { ForwardTarget } from '#telephony/call-handling.ts';
import { Redirections } from '../call/redirections.ts';
import { phoneTarget } from '../running/running-call.fixture.ts';
import { forwardRouter } from './forwards.ts';
import type { Target } from './target.ts';
import { internal, rejection, type RoutedCall, type Route } from './route.ts';

const ann = { id: 'usr_ann', extension: '201', number: '+46890510' };
/** Of the caller of each call: policies of the forward decide by it. */
const stir = { verstat: 'TN-Validation-Failed', reason: 438 } as const;
const reserved = { seconds: 60, isReserved: true };

/** Forwards of Ann. @param routed where what she dials goes; default: to a phone, with a reservation */
function forwards(
  routed: () => Promise<Route> = async () => ({ ...internal([phoneTarget('204')]), limit: reserved }),
  organization = organizationOf(1_001),
) {
  const dialed: Omit<RoutedCall, 'organization'>[] = [];
  const taken: unknown[] = [];
  let count = 0;
  const forward = forwardRouter({
    route: ({ organization: _, ...call }) => {
      dialed.push(call);
      return routed();
    },
    attemptsAt: async ({ called }) => (called === 'usr_2' ? [[phoneTarget('205')]] : undefined),
  });
  const call = {
    ...{ id: 'call_1', organization, caller: { names: [], isAnonymous: true } },
    ...{ redirections: new Redirections(), isBeside: false, stir },
    nextForward: () => (count += 1),
    takeChannels: async (_forward: number, channels: unknown) => taken.push(channels) < 2,
  };
  return { to: (target: ForwardTarget) => forward(call, target, ann), dialed, taken };
}

describe('a forward', () => {
  test('to what the user dials is a call of this user, with a reservation and a limit of its own', async () => {
    const { to, dialed } = forwards();
    expect(await to('+14155550100')).toMatchObject({ forward: { count: 1, by: ann, limit: reserved } });
    expect(await to('204')).toMatchObject({ forward: { count: 2 } });
    expect(dialed).toEqual(
      ['+14155550100', '204'].map((called, at) => ({
        ...{ callId: `call_1/forward-${at + 1}`, called, caller: '+46890510', userId: 'usr_ann' },
        ...{ reserves: true, isInProgress: true, asksUsers: true, stir },
      })),
    );
  });

  test('to a target of the organization is no call of its own, and to one that is gone is denied', async () => {
    const { to, dialed } = forwards();
    const forwarded = await to({ type: 'user', id: 'usr_2' });
    expect(forwarded).toMatchObject({ attempts: [[{ party: { target: '205' } }]] });
    expect(forwarded).not.toHaveProperty('forward');
    expect(await to({ type: 'user', id: 'usr_3' })).toEqual({ denied: 'NO_ROUTE' });
    expect(dialed).toEqual([]);
  });

  test('is made once to a target, and five times in a call', async () => {
    const { to } = forwards();
    expect(await to('204')).toHaveProperty('attempts');
    expect(await to('204')).toEqual({ denied: 'FORWARD_LOOP' });
    for (const other of ['205', '206', '207', '208']) expect(await to(other)).toHaveProperty('attempts');
    expect(await to('209')).toEqual({ denied: 'FORWARD_LOOP' });
  });

  test.each(['112', '+112', '911', '+1911', '00112', '011911'])(
    'to the emergency number %s is denied without the dial plan',
    async (number) => {
      const { to, dialed } = forwards();
      expect([await to(number), dialed]).toEqual([{ denied: 'EMERGENCY_NUMBER' }, []]);
    },
  );

  test('that a gateway sends as an emergency number, without what it strips, is denied', async () => {
    const { party, ...target } = phoneTarget('911');
    const sent: Target = { ...target, party: { ...party, kind: 'gateway', gateway_id: 'gw_1' } };
    const { to } = forwards(async () => internal([sent]));
    expect(await to('8911')).toEqual({ denied: 'EMERGENCY_NUMBER' });
  });

  test.each([
    ['US', '1911', {}],
    ['DE', '0112', {}],
    ['RU', '8103', {}],
    ['SE', '7112', { national_prefix: '7' }],
  ])('that a gateway of %s sends as %s, from which a carrier may take the trunk prefix, is denied', async (...of) => {
    const [country, number, numbers] = of;
    const { party, ...target } = phoneTarget(number);
    const organization = { ...organizationOf(1_001), country };
    const settings = { ...organization.settings, numbers };
    const sent: Target = { ...target, party: { ...party, kind: 'gateway', gateway_id: 'gw_1' } };
    const { to } = forwards(async () => internal([sent]), { ...organization, settings });
    expect(await to(number)).toEqual({ denied: 'EMERGENCY_NUMBER' });
    // An extension may be the same.
    const inside = forwards(undefined, { ...organization, settings });
    expect(await inside.to(number)).toHaveProperty('attempts');
  });

  test('that the dial plan takes for an emergency call, or denies, is denied', async () => {
    const emergency = forwards(async () => ({ ...internal([phoneTarget('204')]), isEmergency: true }));
    expect(await emergency.to('5')).toEqual({ denied: 'EMERGENCY_NUMBER' });
    const poor = forwards(async () => rejection('NO_CREDIT'));
    expect(await poor.to('+14155550100')).toEqual({ denied: 'NO_CREDIT' });
  });

  test('to a number of the organization takes a channel of it, and is denied without', async () => {
    const channels = [{ kind: 'number', id: '+46890511', direction: 'inbound' } as const];
    const { to, taken } = forwards(async () => ({ ...internal([phoneTarget('204')]), channels }));
    expect(await to('+46890511')).toHaveProperty('attempts');
    expect([await to('0890511'), taken]).toEqual([{ denied: 'CALL_LIMIT' }, [channels, channels]]);
  });

  test('of a user that is gone is denied, and a failure of the store is none of the user', async () => {
    const gone = forwards(() => Promise.reject(new AppError('UNKNOWN_USER', 'is gone')));
    expect(await gone.to('204')).toEqual({ denied: 'UNKNOWN_USER' });
    await expect(forwards(() => Promise.reject(new AppError('UNAVAILABLE', 'busy'))).to('204')).rejects.toThrow('busy');
  });
});
