/**
 * Fills a fresh system with one of everything, and notes what it answers (test/upgrade/README.md):
 * `npm run record-answers -- <DATA_DIR of the system> <answers file>`.
 */
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { argumentsOf, command } from '#bin/command-line/command.ts';
import { textAt } from '../support/example-request.ts';
import { eventually } from '../support/eventually.ts';
import { connect, logIn, outputsFileIn, type Cloud } from '../system/cloud.ts';
import { readableAs, recordedPassword, type RecordedAnswer } from './recorded.ts';

const { dataDir, answers: answersFile } = argumentsOf(
  command({
    name: 'record-answers',
    purpose: 'Fills a fresh system with one of everything, and writes what it answers (test/upgrade/README.md).',
    arguments: {
      dataDir: z.string().describe('DATA_DIR of the system'),
      answers: z.string().describe('file that gets the answers'),
    },
  }),
);

const { outputs, api }: Cloud = connect(outputsFileIn(dataDir));
const token = await logIn({ api }, 'admin', recordedPassword);
const operatorOrganization = '1000';

async function call(method: string, path: string, json?: object): Promise<unknown> {
  const headers = { accept: 'application/json' };
  const { status, body } = await api(path, { method, token, headers, ...(json === undefined ? {} : { json }) });
  if (status >= 300) throw new Error(`${method} ${path} answers ${status} ${JSON.stringify(body)}`);
  return body;
}

const organizationMade = await call('PUT', '/orgs', {
  name: 'Example Telecom',
  country: 'US',
  timezone: 'America/New_York',
  address: { street: '1 Main Street', city: 'Springfield', country: 'US' },
});
const organization = textAt(organizationMade, 'data', 'org_id');
const scoped = (path: string): string => `${path}${path.includes('?') ? '&' : '?'}org_id=${organization}`;
const put = (path: string, json: object): Promise<unknown> => call('PUT', scoped(path), json);
const idOf = (body: unknown): string => textAt(body, 'data', 'id');
const create = async (path: string, json: object): Promise<string> => idOf(await put(path, json));

const user = await create('/users', {
  username: 'ada',
  email: 'ada@example.com',
  first_name: 'Ada',
  last_name: 'Lovelace',
  password: recordedPassword,
  must_change_password: false,
  roles: ['admin'],
});
const group = await create('/groups', { name: 'sales', display_name: 'Sales', category: 'department' });
await put(`/groups/${group}/members`, { user_ids: [user] });
await put('/permissions/desk?type=role', { permissions: [{ permission: 'users:read', granted: true }] });

const trunk = await create('/siptrunk/new', {
  name: 'Primary carrier',
  type: 'carrier',
  host: 'sip.carrier.example.com',
  username: 'trunk_user',
  password: 'secure_password_123',
  max_channels: 100,
});
await put(`/siptrunkips/${trunk}`, { ips: [{ address: '203.0.113.20', type: 'signaling', port: 5060, priority: 1 }] });
const gateway = await create('/sipgateways/new', {
  name: 'pstn',
  host: 'gw.carrier.example.com',
  ping: { enabled: false },
});
const device = await create('/devices/phone', {
  mac_address: '00:1A:2B:3C:4D:5F',
  name: 'Desk phone',
  model: 'T46U',
  manufacturer: 'Yealink',
  user_id: user,
  lines: [{ line_number: 1, extension: '1002', label: 'Ada Lovelace', type: 'primary' }],
});
const number = await create('/numbers/+46901234567', { country: 'SE', type: 'geographic', label: 'Reception' });
const released = await create('/numbers/+46901234568', { country: 'SE', type: 'geographic' });
await call('DELETE', scoped(`/numbers/${released}`));
const sim = await create('/mobile/new', { iccid: '8991101200003204514', network: 'Example Mobile', label: 'Van 12' });

const policyMade = await put('/dialplan/policy', {
  name: 'Abroad',
  status: 'active',
  priority: 100,
  conditions: { pattern: '^011[0-9]+$', user_groups: ['sales'] },
  actions: { allow: true, gateway: 'pstn', max_duration: 3600 },
});
const policy = textAt(policyMade, 'policy', 'id');
await call('POST', scoped('/dialplan/policy'), { id: policy, priority: 90 });
await put('/dialplan/template', {
  name: 'Standard office',
  rules: [{ priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' }],
});

const price = { prefix: '1', price_per_minute: '0.015', connect_fee: '0.01' };
const tariffMade = await call('PUT', '/tariffs/new', {
  name: 'Standard',
  currency: 'USD',
  rates: [{ ...price, initial_seconds: 60, increment_seconds: 6 }],
});
const profile = { billingName: 'Example Telecom', tariffPlan: 'Standard' };
await call('PUT', `/billingprofile/${organization}`, profile);
await call('POST', `/billingprofile/${organization}/credit`, {
  amount: '25.00',
  reference: 'wire-1',
  currency: 'USD',
  type: 'payment',
});

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const cdr = (id: string) => ({
  call_id: id,
  caller: '+14155550100',
  callee: '+14155550199',
  start_time: minutesAgo(5),
  answer_time: minutesAgo(5),
  end_time: minutesAgo(2),
  disposition: 'ANSWERED',
});
await call('POST', scoped('/cdr/batch-1'), { records: [cdr('call-1')] });
const sqs = new SQSClient({
  endpoint: outputs['AwsEndpointUrl'] ?? '',
  region: outputs['Region'] ?? '',
  credentials: { accessKeyId: outputs['AccessKeyId'] ?? '', secretAccessKey: outputs['SecretAccessKey'] ?? '' },
});
const message = { schema: 'cdr.v1', source: 'switch-1', sent_at: minutesAgo(0), batch_id: 'batch-2' };
await sqs.send(
  new SendMessageCommand({
    QueueUrl: outputs['CdrQueueUrl'] ?? '',
    MessageBody: JSON.stringify({ ...message, org_id: `org_${organization}`, records: [cdr('call-2')] }),
  }),
);
await eventually(async () => {
  for (const batch of [1, 2])
    if (!JSON.stringify(await call('GET', scoped(`/cdr?batch_id=batch-${batch}`))).includes(`call-${batch}`))
      throw new Error(`batch-${batch} is not rated yet`);
}, 120_000);

await call('PUT', `/eventlog/${organization}`, {
  event_type: 'door.opened',
  description: 'The server room was opened',
  severity: 'warning',
  resource_type: 'door',
  resource_id: 'server-room',
});
const entry = { timestamp: minutesAgo(1), type: 'sip', level: 'warning', message: 'INVITE answered 503' };
await call('POST', `/logs/org/${organization}`, { source: 'switch-1', logs: [entry] });

const today = minutesAgo(0).slice(0, 10);
const paths = [
  `/orgs/${organization}`,
  ...[
    `/users/${user}`,
    '/users',
    `/groups/${group}`,
    '/groups',
    '/permissions/desk?type=role',
    `/siptrunk/${trunk}?include=ips,routes`,
    '/siptrunk',
    '/siptrunkips/all',
    `/sipgateways/${gateway}`,
    `/sipgwping/${gateway}`,
    `/devices/${device}`,
    '/devices/mac/001A2B3C4D5F',
    `/devices/${device}/config?secrets=true`,
    `/numbers/${number}`,
    `/numbers/${number}/channels`,
    `/mobile/${sim}`,
    `/dialplan/policy?id=${policy}&include_history=true`,
    '/dialplan/policies',
    '/dialplan/history',
    '/dialplan/template',
    '/dialplan/groups',
    '/dialplan/search?q=Abroad',
    `/dialplan/dependencies?type=group&id=${group}`,
    '/cdr?batch_id=batch-1',
    '/cdr?batch_id=batch-2',
    `/rates/lookup/+14155550199?at=${minutesAgo(2)}`,
  ].map(scoped),
  `/tariffs/${idOf(tariffMade)}?org_id=${operatorOrganization}`,
  `/billingprofile/${organization}`,
  `/billingprofile/${organization}/ledger?start=${today}&end=${today}`,
];
const read = async (): Promise<RecordedAnswer[]> => {
  const answers: RecordedAnswer[] = [];
  for (const path of paths) answers.push({ path, answer: readableAs(await call('GET', path)) });
  return answers;
};
await read();
// What settles in the background (searches of new items, states) is recorded when it has settled.
const settled = await eventually(async () => {
  const [one, other] = [await read(), await read()];
  if (!isDeepStrictEqual(one, other)) throw new Error('the answers still change');
  return other;
}, 60_000);
writeFileSync(answersFile, `${JSON.stringify(settled, null, 2)}\n`);
