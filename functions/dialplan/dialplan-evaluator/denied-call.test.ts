import { expect, test } from 'vitest';
import { deniedCallEvent } from './denied-call.ts';

const policy = { id: 'pol_1', name: 'No calls', priority: 1, version: 1 };

test('a call that a policy denied is an event of the policy', () => {
  const call = { called: '18005550100', caller: '+14155550100' };
  expect(deniedCallEvent(call, { reason: 'POLICY_DENY', policy, emergency: false }, 1001)).toEqual({
    entity: { type: 'policy', id: 'pol_1' },
    description: 'Call to 18005550100 denied: POLICY_DENY',
    severity: 'info',
    fields: { ...call, reason: 'POLICY_DENY', policy_id: 'pol_1', emergency: false },
  });
});

test('a call that no policy decided is an event of the organization', () => {
  expect(deniedCallEvent({ called: '2' }, { reason: 'NO_ROUTE', policy: null, emergency: false }, 1001)).toMatchObject({
    entity: { type: 'org', id: 'org_1001' },
    fields: { caller: null, policy_id: null },
  });
});

test('a denied emergency call is a warning', () => {
  expect(deniedCallEvent({ called: '911' }, { reason: 'POLICY_DENY', policy, emergency: true }, 1001)).toMatchObject({
    severity: 'warning',
    fields: { emergency: true },
  });
});
