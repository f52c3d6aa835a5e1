import { expect, test } from 'vitest';
import { callNotice, noticeThrottle } from './call-notice.ts';

const decision = {
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
} as const;
const noticeOf = (
  call: Parameters<typeof callNotice>[0]['call'],
  of: Parameters<typeof callNotice>[0]['decision'] = decision,
) =>
  callNotice({
    id: 'eml_1',
    to: ['ann@example.com', 'bob@example.com'],
    organization: { org_id: 1_001, name: 'Office' },
    call,
    decision: of,
    at: '2026-11-20T10:00:00.000Z',
    now: '2026-11-20T10:00:01.000Z',
  });

test('a notice names caller, called number and decision', () => {
  expect(noticeOf({ called: '011', caller: '+14155550100', userId: 'usr_1' })).toMatchObject({
    to: ['ann@example.com'],
    cc: ['bob@example.com'],
    subject: 'Call allowed by a dial-plan policy',
    created_at: '2026-11-20T10:00:01.000Z',
    template: 'policy_call_log',
    variables: {
      outcome: 'allowed',
      organization: { id: 'org_1001', name: 'Office' },
      policy: { id: 'pol_1', name: 'Abroad', version: 3 },
      called: '011',
      caller: '+14155550100',
      user: 'usr_1',
      time: '2026-11-20T10:00:00.000Z',
      reason: 'POLICY_ALLOW',
      gateways: 'pstn',
    },
  });
});

test('a notice of a denied call has no gateway, and that of an unknown user no user', () => {
  const { subject, variables } = noticeOf(
    { called: '011', userId: undefined },
    { ...decision, allowed: false, reason: 'RATE_LIMITED', routes: [] },
  );
  expect(subject).toBe('Call denied by a dial-plan policy');
  expect(variables).toMatchObject({ caller: null, user: null, gateways: '', reason: 'RATE_LIMITED' });
});

test('a subject has no text of a tenant or a caller', () => {
  const name = 'Your bank: log in at evil.example';
  const { subject } = noticeOf(
    { called: 'evil.example', caller: 'evil', userId: undefined },
    { ...decision, policy: { ...decision.policy, name } },
  );
  expect(subject).toBe('Call allowed by a dial-plan policy');
});

test('a process tries once per policy and minute, and again after a failure', () => {
  const { isFirst, forget } = noticeThrottle();
  expect([
    isFirst('1/pol_1', 1),
    isFirst('1/pol_1', 1),
    isFirst('1/pol_2', 1),
    isFirst('2/pol_1', 1),
    isFirst('1/pol_1', 2),
    isFirst('1/pol_1', 2),
  ]).toEqual([true, false, true, true, true, false]);
  forget('1/pol_1');
  expect([isFirst('1/pol_1', 2), isFirst('1/pol_1', 2)]).toEqual([true, false]);
});
