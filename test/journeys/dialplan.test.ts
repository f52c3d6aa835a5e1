import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connect } from '../system/cloud.ts';
import { decisionIn, policyIn } from '../system/dialplan.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type Body } from '../system/tenant.fixture.ts';

/** The dial plan from outside: an office writes its plan, and its switch asks where calls go. */

const isLocal = connect().outputs['AwsEndpointUrl'] !== undefined;
const outbox = join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox', 'email');

test('what an office saves decides its next call, by the API and for FreeSWITCH, and notifies by e-mail', async () => {
  const tenant = await newAdministeredTenant('office');
  const { ask, id } = tenant;
  const evaluate = async (called: string, more: Body = {}): Promise<Body> =>
    decisionIn(await ask('POST', '/dialplan/evaluate', { called, ...more }));
  expect(await evaluate('901144')).toMatchObject({ allowed: false, reason: 'NO_ROUTE' });

  const email = `${uniqueName('ann')}@example.com`;
  const { id: user = '' } = texts(await ask('PUT', '/users', { username: email, email }));
  const { id: group = '' } = texts(await ask('PUT', '/groups', { name: 'Agents' }));
  await ask('PUT', `/groups/${group}/members`, { user_ids: [user] });
  const { id: gateway } = texts(
    await ask('PUT', '/sipgateways/new', { name: 'pstn', host: 'sip.example.com', ping: { enabled: false } }),
  );
  const saved = await ask('PUT', '/dialplan/policy', {
    ...{ name: 'Abroad', status: 'active', conditions: { pattern: '^011', user_groups: ['Agents'] } },
    actions: { allow: true, gateway: 'pstn', notify: [email] },
  });
  expect([saved.status, policyIn(saved).version]).toEqual([201, 1]);
  const rules = [{ pattern: '^9(.+)$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' }];
  expect(outcome(await ask('PUT', '/dialplan/template', { name: 'Office', rules }))).toBe('201');

  expect(await evaluate('92125550100')).toMatchObject({ reason: 'TEMPLATE', routes: [{ gateway, name: 'pstn' }] });
  expect(await evaluate('01144207946')).toMatchObject({ reason: 'NOT_IN_GROUP' });
  expect(await evaluate('01144207946', { user_id: user })).toMatchObject({
    ...{ reason: 'POLICY_ALLOW', destination: 'sofia/gateway/pstn/01144207946' },
  });

  const answer = await connect().api('/dialplan/freeswitch', {
    method: 'POST',
    token: tenant.token,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      ...{ section: 'dialplan', 'Caller-Destination-Number': '92125550100', 'Caller-Context': id },
    }).toString(),
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/xml']);
  expect(answer.body).toContain('<action application="bridge" data="sofia/gateway/pstn/2125550100"/>');

  // The call that no one of the group made is denied, and notified in the e-mail of its minute, as the allowed one.
  const emails = await eventually(async () => {
    const { data } = (await ask('GET', '/email?status=delivered&template=policy_call_log')).body as { data: Body[] };
    expect(data.length).toBeGreaterThan(0);
    return data;
  }, 20_000);
  expect(emails[0]).toMatchObject({ to: [email], template: 'policy_call_log' });
  if (isLocal)
    expect(readFileSync(join(outbox, `${String(emails[0]?.['email_id'])}.eml`), 'utf8')).toContain('01144207946');

  expect(outcome(await ask('DELETE', `/sipgateways/${gateway}`))).toBe('409 GATEWAY_IN_USE');
  expect(outcome(await ask('DELETE', `/dialplan/policy?id=${policyIn(saved).id}`))).toBe('200');
  expect(await evaluate('01144207946', { user_id: user })).toMatchObject({ reason: 'NO_ROUTE' });
  const { body } = await ask('GET', `/events/org/${id}?type=policy.*`);
  const { events } = (body as { data: { events: Body[] } }).data;
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['policy.created', 'policy.deleted']));
});
