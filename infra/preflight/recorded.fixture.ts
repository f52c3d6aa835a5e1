import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * Answers of an account as AWS's API references show them, by the action or path that asks: in the form of the wire, so
 * that what reads them is tested, too.
 */
export type Recorded = Readonly<Record<string, { readonly status?: number; readonly body: string }>>;

const quota = (value: number): { body: string } => ({ body: JSON.stringify({ Quota: { Value: value } }) });
const noSuchQuota = { status: 400, body: '{"__type":"NoSuchResourceException","message":"not found"}' };
const xmlOf = (action: string, inside: string): { body: string } => ({
  body:
    `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="https://aws.amazon.com/doc/">` +
    `<requestId>1</requestId>${inside}</${action}Response>`,
});
const zone = (name: string, id: string): string =>
  `<item><zoneName>${name}</zoneName><zoneState>available</zoneState><zoneId>${id}</zoneId><messageSet/></item>`;
const zones = xmlOf(
  'DescribeAvailabilityZones',
  `<availabilityZoneInfo>${[
    zone('us-west-1b', 'usw1-az2'),
    zone('us-west-1a', 'usw1-az1'),
    zone('us-west-1c', 'usw1-az3'),
  ].join('')}</availabilityZoneInfo>`,
);
const vpcs = (names: readonly string[]): { body: string } =>
  xmlOf(
    'DescribeVpcs',
    `<vpcSet>${names
      .map(
        (name) =>
          '<item><cidrBlockAssociationSet><item><cidrBlock>10.0.0.0/16</cidrBlock></item></cidrBlockAssociationSet>' +
          `<tagSet><item><key>Name</key><value>${name}</value></item></tagSet></item>`,
      )
      .join('')}</vpcSet>`,
  );
const roles = (used: number): { body: string } =>
  xmlOf(
    'GetAccountSummary',
    '<GetAccountSummaryResult><SummaryMap><entry><key>RolesQuota</key><value>1000</value></entry>' +
      `<entry><key>Roles</key><value>${used}</value></entry></SummaryMap></GetAccountSummaryResult>`,
  );
const identity = xmlOf(
  'GetCallerIdentity',
  '<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>',
);

const noStack = { status: 400, body: '<Message>Stack with id Trunkline-test-data does not exist</Message>' };
const notFound = { status: 400, body: '{"__type":"ResourceNotFoundException"}' };
const nothingLeft: Recorded = {
  DescribeStacks: noStack,
  DescribeTable: notFound,
  DescribeSecret: notFound,
  DescribeLogGroups: { body: '{"logGroups":[]}' },
  '/backup-vaults/trunkline-test-backups': notFound,
  ...Object.fromEntries(
    ['archives', 'email', 'exports', 'files', 'speech', 'voicemail'].map((bucket) => [
      `/trunkline-test-${bucket}-123456789012-us-west-1`,
      { status: 404, body: '' },
    ]),
  ),
};

/** An account of the day it was opened. */
export const newAccount: Recorded = {
  ...nothingLeft,
  'GetServiceQuota lambda L-B99A9384': noSuchQuota,
  'GetAWSDefaultServiceQuota lambda L-B99A9384': quota(10),
  'GetServiceQuota fargate L-3032A538': quota(6),
  'GetServiceQuota apigateway L-65B5C802': quota(100),
  'GetServiceQuota dynamodb L-AB614373': noSuchQuota,
  'GetAWSDefaultServiceQuota dynamodb L-AB614373': quota(40_000),
  'GetServiceQuota events L-244521F2': quota(300),
  'GetServiceQuota elasticloadbalancing L-69A177A2': quota(50),
  'GetServiceQuota vpc L-F678F1CE': quota(5),
  DescribeVpcs: vpcs(['', 'Trunkline-testing-sip/Network/Vpc', 'shop', 'office', 'lab']),
  DescribeAvailabilityZones: zones,
  GetRole: { status: 404, body: xmlOf('Error', '<Error><Code>NoSuchEntity</Code></Error>').body },
  GetAccountSummary: roles(2),
  GetCallerIdentity: identity,
  DescribeRepositories: { status: 400, body: '{"__type":"RepositoryNotFoundException","message":"none"}' },
  '/v2/email/account': { body: '{"ProductionAccessEnabled":false,"SendingEnabled":true}' },
};

/** One that has everything, and this stage already. */
export const grownAccount: Recorded = {
  DescribeStacks: xmlOf('DescribeStacks', '<StackStatus>UPDATE_COMPLETE</StackStatus>'),
  'GetServiceQuota lambda L-B99A9384': quota(1_000),
  'GetServiceQuota fargate L-3032A538': quota(50),
  'GetServiceQuota apigateway L-65B5C802': quota(600),
  'GetServiceQuota dynamodb L-AB614373': quota(40_000),
  'GetServiceQuota events L-244521F2': quota(300),
  'GetServiceQuota elasticloadbalancing L-69A177A2': quota(50),
  'GetServiceQuota vpc L-F678F1CE': quota(5),
  DescribeVpcs: vpcs(['', 'Trunkline-test-sip/Network/Vpc', 'shop', 'office', 'lab']),
  DescribeAvailabilityZones: zones,
  GetRole: xmlOf('GetRole', '<GetRoleResult><Role><RoleName>AWSServiceRoleForECS</RoleName></Role></GetRoleResult>'),
  GetAccountSummary: roles(120),
  GetCallerIdentity: identity,
  DescribeRepositories: { body: '{"repositories":[{"repositoryName":"cdk"}]}' },
  '/v2/email/account': { body: '{"ProductionAccessEnabled":true}' },
  '/v2/email/identities/example.com': { body: '{"VerifiedForSendingStatus":true}' },
};

/** Whether all stacks are asked for, or which template. */
function queryOf(query: URLSearchParams): string {
  const action = query.get('Action') ?? '';
  const stack = query.get('StackName');
  if (action === 'GetTemplate') return `${action} ${stack}`;
  const [every, token] = [action === 'DescribeStacks' && stack === null, query.get('NextToken')];
  return every ? `${action} *${token === null ? '' : ` ${token}`}` : action;
}

/** What a request asks for. */
async function questionOf(request: IncomingMessage): Promise<string> {
  const body = await text(request);
  const { 'x-amz-target': target } = request.headers;
  if (typeof target !== 'string') return body === '' ? (request.url ?? '') : queryOf(new URLSearchParams(body));
  const asked = JSON.parse(body) as Readonly<Record<string, string>>;
  const { ServiceCode = '', QuotaCode = '', CertificateArn = '' } = asked;
  return `${target.split('.')[1]} ${ServiceCode} ${QuotaCode}${CertificateArn}`.trim().replaceAll('  ', ' ');
}

/** Serves what was recorded, and 403 for the rest, or 404 for identities of SES. */
export async function recordedAccount(recorded: Recorded) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void questionOf(request).then((question) => {
      asked.push(`${question} ${request.headers.authorization?.includes('Credential=AKID/') === true}`);
      const missing = question.startsWith('/v2/email/identities/') ? 404 : 403;
      const { status = 200, body } = recorded[question] ?? { status: missing, body: 'not authorized' };
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    access: {
      region: 'us-west-1',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    close: () => server.close(),
  };
}
