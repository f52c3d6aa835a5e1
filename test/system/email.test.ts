import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { withinOneMinute } from '../support/within-one-minute.ts';
import { connect } from './cloud.ts';
import { decisionIn, policyIn } from './dialplan.fixture.ts';
import { json, newTenant, outcome, type Body, type Tenant } from './tenant.fixture.ts';

/** E-mail from the notification of a policy to the provider, which is a local folder. */

const isLocal = connect().outputs['AwsEndpointUrl'] !== undefined;
const outbox = join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox', 'email');

const notifyingPolicy = (more: Body = {}) => ({
  name: 'Abroad',
  status: 'active',
  conditions: { pattern: '^011' },
  actions: { allow: true, gateway: 'pstn', notify: ['Ann@example.com', 'bob@example.com'] },
  ...more,
});
/** Users with the addresses, in a new organization. */
const addUsers = async ({ id, ask }: Tenant, ...addresses: readonly string[]): Promise<void> => {
  for (const email of addresses) await ask('PUT', '/users', { username: `${email.split('@')[0]}-${id}`, email });
};
const emailsOf = async ({ ask }: Tenant, query = ''): Promise<readonly Body[]> =>
  ((await ask('GET', `/email?limit=100${query}`)).body as { data: Body[] }).data;

/** A new tenant with a policy that notifies, and its decisions on 20 concurrent calls. */
async function callTwentyTimes() {
  const tenant = await newTenant();
  await addUsers(tenant, 'Ann@example.com', 'bob@example.com');
  const notify = ['stranger@example.com', 'Ann@example.com', 'bob@example.com'];
  const saved = await tenant.ask(
    'PUT',
    '/dialplan/policy',
    notifyingPolicy({ actions: { ...notifyingPolicy().actions, notify } }),
  );
  const { id: policy } = policyIn(saved);
  expect(saved.body).toMatchObject({
    warnings: [
      'gateway pstn is not managed by the platform; its name is passed to the switch unchanged',
      'notify: stranger@example.com gets no notice before it confirms by the link that is sent to it',
    ],
  });
  const decisions = await Promise.all(
    Array.from({ length: 20 }, async () =>
      decisionIn(await tenant.ask('POST', '/dialplan/evaluate', { called: '01144207946', caller: '+14155550100' })),
    ),
  );
  return { tenant, policy, decisions };
}

test('twenty concurrent calls are one e-mail to those addresses of the policy that users have', async () => {
  // The calls of one policy and one minute are one e-mail.
  const { tenant, policy, decisions } = await withinOneMinute(callTwentyTimes);
  expect(decisions.every(({ allowed }) => allowed)).toBe(true);
  await eventually(async () => expect(await emailsOf(tenant, '&status=delivered')).toHaveLength(2), 20_000);
  const [email, question, ...others] = await emailsOf(tenant);
  expect([question, others]).toEqual([
    expect.objectContaining({ to: ['stranger@example.com'], template: 'address_confirmation' }),
    [],
  ]);
  const subject = 'Call allowed by a dial-plan policy';
  expect(email).toMatchObject({
    status: 'delivered',
    to: ['ann@example.com'],
    cc: ['bob@example.com'],
    subject,
    template: 'policy_call_log',
    attempts: 1,
    error: null,
    opens: 0,
    clicks: 0,
  });
  const id = String(email?.['email_id']);
  expect((await tenant.ask('GET', `/email/${id}`)).body).toMatchObject({ data: email });
  expect((await emailsOf(tenant, '&to=ann@example.com')).concat(await emailsOf(tenant, '&to=eve@example.com'))).toEqual(
    [email],
  );
  const { events } = ((await tenant.ask('GET', `/events/email/${id}`)).body as { data: { events: Body[] } }).data;
  expect(events.map(({ type }) => type)).toEqual(['email.delivered', 'email.sent', 'email.queued']);
  if (!isLocal) return;
  const message = readFileSync(join(outbox, `${id}.eml`), 'utf8');
  expect(message).toMatch(
    new RegExp(`^From: .*\\r\\nTo: ann@example.com\\r\\nCc: bob@example.com\\r\\nSubject: ${subject}\\r\\n`),
  );
  for (const expectedText of [`(${tenant.id})`, policy, '01144207946', '+14155550100', 'allowed (POLICY_ALLOW)'])
    expect(message).toContain(expectedText);
  expect(readdirSync(outbox).filter((name) => readFileSync(join(outbox, name), 'utf8').includes(policy))).toEqual([
    `${id}.eml`,
  ]);
});

test.skipIf(!isLocal)('a stranger that a policy names gets notices once the link is followed', async () => {
  const tenant = await newTenant();
  const stranger = `${tenant.id}@example.com`;
  const policy = notifyingPolicy({ actions: { allow: true, gateway: 'pstn', notify: [stranger] } });
  await tenant.ask('PUT', '/dialplan/policy', policy);
  await eventually(async () => expect(await emailsOf(tenant, '&status=delivered')).toHaveLength(1), 20_000);
  const [question] = await emailsOf(tenant);
  const message = readFileSync(join(outbox, `${String(question?.['email_id'])}.eml`), 'utf8');
  const unfolded = message.replaceAll('=\r\n', '').replaceAll('=3D', '=');
  const link = /\/email\/confirm\?token=[\w-]+/.exec(unfolded)?.[0] ?? '';
  const follow = () => connect().api(link, { headers: json });
  expect((await follow()).body).toMatchObject({ data: { address: stranger } });
  expect(outcome(await follow())).toBe('404 NOT_FOUND');
  await tenant.ask('POST', '/dialplan/evaluate', { called: '01144207946' });
  await eventually(async () => expect(await emailsOf(tenant, '&status=delivered')).toHaveLength(2), 20_000);
  expect((await emailsOf(tenant))[0]).toMatchObject({ to: [stranger], template: 'policy_call_log' });
});

test('a body that is not a single address is rejected, with the path of the error', async () => {
  const tenant = await newTenant();
  const invalidAddresses = [
    'a@example.com\r\nBcc: eve@example.com',
    'a@example.com, eve@example.com',
    'Ann <a@example.com>',
    'a@example.com\n',
    'a@b@example.com',
    `${'a'.repeat(250)}@example.com`,
    '"a b"@example.com',
    'a@[127.0.0.1]',
    '',
  ];
  for (const address of invalidAddresses) {
    const answer = await tenant.ask(
      'PUT',
      '/dialplan/policy',
      notifyingPolicy({ actions: { allow: true, notify: ['bob@example.com', address] } }),
    );
    expect([address, outcome(answer), (answer.body as { error: { details: Body[] } }).error.details]).toEqual([
      address,
      '422 VALIDATION_FAILED',
      [expect.objectContaining({ path: 'actions.notify[1]' })],
    ]);
  }
  expect((await tenant.ask('GET', '/dialplan/policies')).body).toMatchObject({ total: 0 });
});

test('a list covers at most 31 days, and an e-mail of another tenant is 404', async () => {
  const tenant = await newTenant();
  for (const query of [
    'start=2026-01-01T00:00:00Z&end=2026-02-02T00:00:00Z',
    'start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z',
    'status=lost',
    'to=nobody',
  ])
    expect(outcome(await tenant.ask('GET', `/email?${query}`))).toBe('400 INVALID_PARAMETER');
  expect(outcome(await tenant.ask('GET', '/email?start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z'))).toBe('200');
  expect([
    outcome(await tenant.ask('GET', '/email/eml_none')),
    outcome(await tenant.ask('GET', '/email/ebatch_none')),
    outcome(await tenant.ask('GET', '/email/none')),
  ]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND', '400 INVALID_ID']);
});
