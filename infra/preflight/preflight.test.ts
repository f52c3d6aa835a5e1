import { App } from 'aws-cdk-lib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { propertiesOf, synthesizer } from '#test/infra/templates.fixture.ts';
import { settingsFrom } from '../settings.ts';
import { accountAt } from './account.ts';
import type { Finding } from './finding.ts';
import { findingsOf, needList } from './preflight.ts';
import { grownAccount, newAccount, recordedAccount, type Recorded } from './recorded.fixture.ts';
import { remainsOf } from './remains.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const domain = { domain: 'api.example.com' };
const settingsOf = (context: Readonly<Record<string, string>>) =>
  settingsFrom(new App({ analyticsReporting: false, context: { stage: 'test', ...context } }).node);

/** What preflight finds in an account that answers so. */
async function find(recorded: Recorded, context: Readonly<Record<string, string>> = domain) {
  const { access, asked, close } = await recordedAccount(recorded);
  closing.push(close);
  const { region } = access;
  const templates = [...synthesize(context).values()];
  const findings = await findingsOf(templates, settingsOf(context), { account: accountAt(access), region });
  const of = (verdict: Finding['verdict']): string =>
    findings
      .filter((each) => each.verdict === verdict)
      .map(({ text }) => text)
      .join('\n');
  return { of, asked };
}

describe('a new account', () => {
  test('is told what blocks the deployment, and how to change it', async () => {
    const { of } = await find(newAccount);
    expect(of('blocks')).toMatch(
      /^Concurrent executions: 10, needed 125, better 1000; request it: aws service-quotas/m,
    );
    expect(of('blocks')).toContain('--service-code lambda --quota-code L-B99A9384 --desired-value 1000');
    expect(of('blocks')).toMatch(
      /^Routes per API: 100, needed \d+; AWS raises it for one API: deploy Trunkline-test-api/m,
    );
    expect(of('blocks')).toContain('VPCs per Region: 5, needed 6');
    expect(of('blocks')).toContain('create-service-linked-role --aws-service-name ecs.amazonaws.com');
    expect(of('blocks')).toContain('us-west-1b lacks Fargate: set zones to us-west-1a,us-west-1c');
    expect(of('blocks')).toContain('cdk-hnb659fds-container-assets-123456789012-us-west-1: npx cdk bootstrap');
    expect(of('limits')).toContain('SES is in the sandbox');
    expect(of('limits')).toContain('create-email-identity --email-identity api.example.com');
    expect(of('limits')).toMatch(/^Fargate On-Demand vCPU resource count: 6, needed 2, better 10/m);
    expect(of('unknown')).toBe('');
  });

  test('takes the writes of the CDRs a second, or is told what to request and to prepare', async () => {
    const { of } = await find(newAccount);
    expect(of('fits')).toContain('Table-level write throughput limit: 40000, needed 1, better 3735');
    expect(of('fits')).toContain('write units: the table takes 4000 a second when it is new, 90 CDRs');
    const { of: large } = await find(newAccount, { ...domain, cdrsPerSecond: '1000' });
    expect(large('limits')).toMatch(
      /^Table-level write throughput limit: 40000, needed 1, better 41500; request it: .*L-AB614373/m,
    );
    expect(large('limits')).toContain('1000 CDRs a second need 41500: set warmWrites to 41500');
  });

  test('fits without warm environments, which reserve nothing', async () => {
    const { of } = await find(newAccount, { ...domain, provisionedConcurrency: '0' });
    expect(of('blocks')).not.toContain('Concurrent executions');
    expect(of('limits')).toContain('Concurrent executions: 10, needed 1, better 1000');
    const reserved = (context: Readonly<Record<string, string>>) =>
      propertiesOf(synthesize(context), 'AWS::Lambda::Function').filter(
        (each) => each['ReservedConcurrentExecutions'] !== undefined,
      ).length;
    expect([reserved({}), reserved({ provisionedConcurrency: '0' })]).toEqual([1, 0]);
  });

  test('needs no tasks, network or zones without SIP', async () => {
    const { of } = await find(newAccount, { ...domain, sip: 'off' });
    expect([of('blocks'), of('limits'), of('fits')].join('\n')).not.toMatch(/Fargate|VPC|zones|ECS/);
  });
});

describe('an account that has everything', () => {
  test('fits in zones with Fargate, and its own network does not count', async () => {
    const { of } = await find(grownAccount, { ...domain, zones: 'us-west-1a,us-west-1c' });
    expect([of('blocks'), of('unknown')]).toEqual(['', '']);
    // The gaps of the stage, whatever the account has (gaps.test.ts).
    expect(
      of('limits')
        .split('\n')
        .every((text) => /[Ss]et \w+|, or set/.test(text)),
    ).toBe(true);
    expect(of('fits')).toContain('VPCs per Region: 5, needed 5');
    expect(of('fits')).toContain('zones: us-west-1a (usw1-az1), us-west-1c (usw1-az3)');
    expect(of('fits')).toContain('SES has verified example.com');
  });

  test('is told of zones that it does not have', async () => {
    const { of } = await find(grownAccount, { ...domain, zones: 'us-west-1a,us-west-1z' });
    expect(of('blocks')).toBe('zones: the account has no us-west-1z');
  });

  test('needs addresses for NAT gateways', async () => {
    const addresses = {
      'GetServiceQuota ec2 L-0263D0A3': { body: '{"Quota":{"Value":5}}' },
      DescribeAddresses: { body: `<addressesSet>${'<item><publicIp>1</publicIp></item>'.repeat(4)}</addressesSet>` },
    };
    const { of } = await find({ ...grownAccount, ...addresses }, { ...domain, sipEgress: 'nat' });
    expect(of('blocks')).toContain('EC2-VPC Elastic IPs: 5, needed 6');
  });
});

test('what an account does not answer is unknown, and the rest is still said', async () => {
  const { GetRole, 'GetServiceQuota fargate L-3032A538': quota, ...others } = grownAccount;
  const { of } = await find({ ...others, DescribeVpcs: { status: 500, body: 'error' } });
  expect(of('unknown').split('\n')).toEqual([
    'Fargate On-Demand vCPU resource count: GetServiceQuota answered 403: not authorized',
    'VPCs per Region: DescribeVpcs answered 500: error',
    'AWSServiceRoleForECS: GetRole answered 403: not authorized',
  ]);
  expect(of('fits')).toContain('Concurrent executions: 1000');
});

test('each call is signed and reads only', async () => {
  const { asked } = await find(newAccount);
  expect(asked.length).toBeGreaterThan(12);
  for (const each of asked)
    expect(each).toMatch(/^(Get|Describe|\/v2\/email\/|\/trunkline-|\/backup-vaults\/).* true$/);
});

test('without an account, the needs are a list', () => {
  const list = needList([...synthesize({}).values()], settingsOf({})).join('\n');
  expect(list).toContain(
    'Concurrent executions (lambda L-B99A9384): 125, better 1000; new accounts have 10. request it',
  );
  expect(list).toMatch(/IAM roles: 1?\d\d/);
  expect(list).toContain('AWSServiceRoleForECS');
});

describe('a stage of a name that there was', () => {
  const table = {
    DescribeTable: { body: '{"Table":{}}' },
    DescribeSecret: { body: '{"DeletedDate":1}' },
    DescribeLogGroups: { body: '{"logGroups":[{}]}' },
  };

  test('is blocked by the data that outlived it, which are named with the commands that delete them', async () => {
    const files = '/trunkline-test-files-123456789012-us-west-1';
    const { of } = await find({ ...newAccount, ...table, [files]: { body: '' } });
    const left =
      of('blocks')
        .split('\n')
        .find((line) => line.startsWith('of an earlier stage test')) ?? '';
    expect(left).toContain('the table trunkline-test-table (to delete it: aws dynamodb update-table');
    expect(left).toContain('aws s3 rb --force s3://trunkline-test-files-123456789012-us-west-1');
    expect(left).toContain('delete-secret --force-delete-without-recovery --secret-id trunkline/test/signing-keys');
    expect(left).toContain('the log groups whose names begin with /aws/lambda/trunkline-test- (to delete');
    expect(left).toContain('begin with /aws/apigateway/trunkline-test-api (');
    expect(left).not.toContain('voicemail');
  });

  test('is not blocked by a restored table, which the deployment imports', async () => {
    const { of } = await find({ ...newAccount, DescribeTable: { body: '{"Table":{}}' } }, { tableName: 'restored' });
    expect(of('blocks')).not.toContain('of an earlier stage');
  });

  test('whose first creation failed is blocked by the protection of its stack only', async () => {
    const failed = { DescribeStacks: { body: '<StackStatus>ROLLBACK_COMPLETE</StackStatus>' } };
    const { of } = await find({ ...newAccount, ...failed });
    expect(of('blocks')).toContain('--no-enable-termination-protection --stack-name Trunkline-test-data');
  });

  test('is blocked by nothing where its data are deleted with it', () => {
    const templates = [...synthesize({ ephemeral: 'true' }).values()];
    expect(remainsOf(templates, { account: '1', region: 'us-west-1' })).toEqual([]);
  });
});

describe('stack after stack', () => {
  const place = { account: '123456789012', region: 'us-west-1' };
  const stacks = [...synthesize({ mediaRelay: 'true', ...domain })];

  test.each(stacks)('a first creation that fails at %s leaves nothing with a name', (_, template) => {
    // CloudFormation deletes what it created, but for `Retain` and `Snapshot`.
    const left = Object.values(template.Resources).filter(({ DeletionPolicy = 'Delete' }) =>
      ['Retain', 'Snapshot'].includes(DeletionPolicy),
    );
    expect(left).toEqual([]);
  });

  test.each(stacks)('the deletion of %s leaves data of tenants, their backups and logs only', (name, template) => {
    const left = remainsOf([template], place).filter(({ kind }) => kind !== 'logs');
    expect(left).toHaveLength({ data: 13, operations: 1 }[name] ?? 0);
  });

  test('no function makes its log group again while its stack is deleted', () => {
    const texts = stacks.map(([, template]) => JSON.stringify(template.Resources));
    for (const text of texts) expect(text).not.toContain('logs:CreateLogGroup');
    expect(texts.join('')).not.toContain('AWSLambdaBasicExecutionRole');
  });
});
