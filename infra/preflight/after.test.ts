import { afterEach, describe, expect, test } from 'vitest';
import { settingsFrom } from '../settings.ts';
import { accountAt } from './account.ts';
import { afterFindings, type Outside } from './after.ts';
import type { Finding } from './finding.ts';
import { grownAccount, recordedAccount, type Recorded } from './recorded.fixture.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const stackNames = ['data', 'domain', 'sip', 'api', 'operations'].map((part) => `Trunkline-test-${part}`);
const outputsOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Trunkline-test-api': { ApiUrl: 'https://api.example.com', DomainTarget: 'd-1.execute-api.us-west-1.amazonaws.com' },
  'Trunkline-test-sip': {
    SipTarget: 'udp.elb.us-west-1.amazonaws.com',
    SipTcpTarget: 'tcp.elb.us-west-1.amazonaws.com',
    Srv0: '_sip._udp.sip.api.example.com SRV 10 10 5060 sip.api.example.com',
  },
  'Trunkline-test-operations': { AlarmTopic: 'arn:aws:sns:us-west-1:123456789012:trunkline-test-alarms' },
};

/** Answers as the API references of the services show them. */
const stackXml = (name: string, status: string): string =>
  `<member><Outputs>${Object.entries(outputsOf[name] ?? {})
    .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
    .join('')}</Outputs><StackName>${name}</StackName><StackStatus>${status}</StackStatus></member>`;
const stacksXml = (statuses: Readonly<Record<string, string>> = {}): { body: string } => ({
  body: `<DescribeStacksResponse><DescribeStacksResult><Stacks>${[...stackNames, 'Trunkline-testing-api', 'shop']
    .map((name) => stackXml(name, statuses[name] ?? 'UPDATE_COMPLETE'))
    .join('')}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
});
const json = (value: object): { body: string } => ({ body: JSON.stringify(value) });
const subscription = (arn: string): { body: string } => ({
  body:
    '<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions><member>' +
    `<SubscriptionArn>${arn}</SubscriptionArn><Protocol>email</Protocol><Endpoint>duty@example.com</Endpoint>` +
    '</member></Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>',
});
const certificate = (Status: string, ValidationStatus: string) => ({
  ListCertificates: json({
    CertificateSummaryList: [
      { CertificateArn: 'arn:aws:acm:us-west-1:1:certificate/old', DomainName: 'api.example.com', CreatedAt: 1 },
      { CertificateArn: 'arn:aws:acm:us-west-1:1:certificate/new', DomainName: 'api.example.com', CreatedAt: 2 },
    ],
  }),
  'DescribeCertificate arn:aws:acm:us-west-1:1:certificate/new': json({
    Certificate: {
      Status,
      DomainValidationOptions: [
        {
          ValidationStatus,
          ResourceRecord: { Name: '_a1.api.example.com.', Type: 'CNAME', Value: '_b2.acm-validations.aws.' },
        },
      ],
    },
  }),
});

/** A stage for which all is done. */
const done: Recorded = {
  ...grownAccount,
  'DescribeStacks *': stacksXml(),
  ...certificate('ISSUED', 'SUCCESS'),
  ListSubscriptionsByTopic: subscription('arn:aws:sns:us-west-1:123456789012:trunkline-test-alarms:1'),
  DescribeAccountAttributes: json({ AccountAttributes: [{ Name: 'ACCOUNT_TIER', Value: 'PRODUCTION' }] }),
  '/account-settings': json({ ResourceTypeOptInPreference: { DynamoDB: true, S3: true } }),
  DescribeSecret: json({ ReplicationStatus: [{ Region: 'eu-west-1', Status: 'InSync' }] }),
};
const names: Readonly<Record<string, readonly string[]>> = {
  'api.example.com': ['192.0.2.1', '192.0.2.2'],
  'd-1.execute-api.us-west-1.amazonaws.com': ['192.0.2.2', '192.0.2.3'],
  'sip.api.example.com': ['192.0.2.10'],
  'udp.elb.us-west-1.amazonaws.com': ['192.0.2.10'],
  'tcp.sip.api.example.com': ['192.0.2.11'],
  'tcp.elb.us-west-1.amazonaws.com': ['192.0.2.11'],
  '_sip._udp.sip.api.example.com': ['10 10 5060 sip.api.example.com'],
};
const reached: Outside = {
  addresses: async (name) => names[name] ?? [],
  services: async (name) => names[name] ?? [],
  get: async (url) => ({ status: 200, json: url.endsWith('jwks.json') ? { keys: [{ kid: '1' }] } : {} }),
};
const unreached: Outside = {
  addresses: async (name) => {
    if (name.endsWith('.amazonaws.com')) return names[name] ?? [];
    throw new Error('ENOTFOUND');
  },
  services: async () => Promise.reject(new Error('ENOTFOUND')),
  get: async (url) =>
    url.endsWith('jwks.json') ? { status: 200, json: { keys: [] } } : Promise.reject(new Error('fetch failed')),
};

async function check(
  recorded: Recorded,
  {
    outside = reached,
    context = {},
  }: { readonly outside?: Outside; readonly context?: Readonly<Record<string, string>> } = {},
) {
  const { access, close } = await recordedAccount(recorded);
  closing.push(close);
  const all: Readonly<Record<string, string>> = {
    ...{ stage: 'test', domain: 'api.example.com', alarmEmail: 'duty@example.com', emailFrom: 'no-reply@example.com' },
    ...context,
  };
  const settings = settingsFrom({ tryGetContext: (name) => all[name] });
  const findings = await afterFindings(stackNames, settings, { account: accountAt(access), outside });
  return (verdict: Finding['verdict']): string[] =>
    findings.filter((each) => each.verdict === verdict).map(({ text }) => text);
}

describe('after a deployment', () => {
  test('with nothing left to do, what no call shows is named', async () => {
    const of = await check(done);
    expect([of('blocks'), of('limits')]).toEqual([[], []]);
    expect(of('fits')).toHaveLength(14);
    expect(of('unknown')).toEqual([
      expect.stringContaining('proof of leading keys'),
      expect.stringContaining('a second administrator'),
      expect.stringContaining('the account of the canary'),
      expect.stringContaining('the budget of the stage'),
      expect.stringContaining('a test call to the emergency service'),
    ]);
  });

  test('the records of a certificate are named for which the deployment waits', async () => {
    const statuses = { 'Trunkline-test-domain': 'CREATE_IN_PROGRESS', 'Trunkline-test-api': 'ROLLBACK_COMPLETE' };
    const of = await check({
      ...done,
      ...certificate('PENDING_VALIDATION', 'PENDING_VALIDATION'),
      'DescribeStacks *': stacksXml(statuses),
    });
    expect(of('blocks')).toEqual([
      expect.stringContaining('Trunkline-test-domain (CREATE_IN_PROGRESS), Trunkline-test-api (ROLLBACK_COMPLETE)'),
      expect.stringContaining('_a1.api.example.com. CNAME _b2.acm-validations.aws.'),
    ]);
  });

  test('the records are named that do not point to the stage', async () => {
    const of = await check(done, { outside: unreached });
    expect(of('blocks')).toEqual([
      'api.example.com has no address: publish api.example.com CNAME d-1.execute-api.us-west-1.amazonaws.com',
      'sip.api.example.com has no address: publish sip.api.example.com CNAME udp.elb.us-west-1.amazonaws.com',
      'tcp.sip.api.example.com has no address: publish tcp.sip.api.example.com CNAME tcp.elb.us-west-1.amazonaws.com',
    ]);
    expect(of('limits').join('\n')).toContain(
      'publish _sip._udp.sip.api.example.com SRV 10 10 5060 sip.api.example.com',
    );
    expect(of('limits').join('\n')).toContain('no one has logged in yet');
    expect(of('unknown')[0]).toBe('https://api.example.com/health: fetch failed');
  });

  test('an e-mail address that did not confirm gets no alarms', async () => {
    const of = await check({ ...done, ListSubscriptionsByTopic: subscription('PendingConfirmation') });
    expect(of('blocks').join('\n')).toMatch(/^duty@example.com gets no alarms: its owner must open the link/);
  });

  test('sandboxes, backups and copies of keys that are missing are named with their commands', async () => {
    const of = await check({
      ...done,
      '/v2/email/account': json({ ProductionAccessEnabled: false }),
      DescribeAccountAttributes: json({ AccountAttributes: [{ Name: 'ACCOUNT_TIER', Value: 'SANDBOX' }] }),
      '/account-settings': json({ ResourceTypeOptInPreference: { DynamoDB: true, S3: false } }),
      DescribeSecret: json({ ReplicationStatus: [{ Region: 'eu-west-1', Status: 'InProgress' }] }),
    });
    expect(of('limits')).toEqual([
      expect.stringContaining('SES is in the sandbox'),
      expect.stringContaining('SMS: the account is in the sandbox'),
      expect.stringContaining('AWS Backup does not copy S3: aws backup update-region-settings'),
      expect.stringContaining('replicate-secret-to-regions --secret-id trunkline/test/sealing-keys'),
    ]);
  });

  test('the sandbox of the provider of SMS counts', async () => {
    const sandbox = (isIn: boolean) => ({
      GetSMSSandboxAccountStatus: { body: `<IsInSandbox>${isIn}</IsInSandbox>` },
      DescribeAccountAttributes: json({}),
    });
    const context = { sms: 'sns' };
    expect((await check({ ...done, ...sandbox(false) }, { context }))('limits')).toEqual([]);
    expect((await check({ ...done, ...sandbox(true) }, { context }))('limits')).toHaveLength(1);
  });

  test('the stacks of several pages count, and those of other stages do not', async () => {
    const { access, close } = await recordedAccount({
      'DescribeStacks *': {
        body: `<Stacks>${stackXml('Trunkline-test-data', 'CREATE_COMPLETE')}</Stacks><NextToken>2</NextToken>`,
      },
      'DescribeStacks * 2': {
        body: `<Stacks>${[
          stackXml('Trunkline-testing-api', 'CREATE_COMPLETE'),
          stackXml('Trunkline-test-api', 'CREATE_FAILED'),
        ].join('')}</Stacks>`,
      },
    });
    closing.push(close);
    expect((await accountAt(access).stacks('Trunkline-test-')).map(({ name, status }) => `${name} ${status}`)).toEqual([
      'Trunkline-test-data CREATE_COMPLETE',
      'Trunkline-test-api CREATE_FAILED',
    ]);
  });
});
