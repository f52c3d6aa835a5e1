import { expect, test } from 'vitest';
import { callLogLine } from './call-log.ts';
import type { LimitedDecision } from './call-limits.ts';

const decision: LimitedDecision = {
  allowed: true,
  reason: 'POLICY_ALLOW',
  policy: { id: 'pol_1', name: 'Abroad', priority: 10, version: 3 },
  rule: null,
  action: 'bridge',
  destination: 'sofia/gateway/pstn/011',
  captures: [],
  routes: [{ gateway: null, name: 'pstn', destination: 'sofia/gateway/pstn/011', status: 'unmanaged' }],
  limits: { max_duration: null, rate_limit: null, reservation: null },
  record: false,
  bypass_restrictions: false,
  emergency: false,
};

test('the line of an allowed call has the call, the policy and the route', () => {
  expect(callLogLine({ called: '011', caller: '+14155550100', userId: 'usr_1' }, decision, 7)).toEqual({
    type: 'call',
    level: 'info',
    source: 'dialplan',
    import_id: null,
    message: 'Call to 011 allowed by policy Abroad: POLICY_ALLOW',
    details: {
      called: '011',
      caller: '+14155550100',
      user_id: 'usr_1',
      allowed: true,
      reason: 'POLICY_ALLOW',
      policy_id: 'pol_1',
      policy_version: 3,
      action: 'bridge',
      destination: 'sofia/gateway/pstn/011',
      gateways: ['pstn'],
      emergency: false,
      plan_version: '7',
    },
  });
});

test('the line of a denied call is a warning, and an unknown caller is null', () => {
  const denied = { ...decision, allowed: false, reason: 'RATE_LIMITED', routes: [] } as const;
  expect(callLogLine({ called: '011', userId: undefined }, denied, 7)).toMatchObject({
    level: 'warning',
    message: 'Call to 011 denied by policy Abroad: RATE_LIMITED',
    details: { caller: null, user_id: null, gateways: [] },
  });
});
