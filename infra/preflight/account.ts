import { SignatureV4 } from '@smithy/signature-v4';
import { second } from '#schema/time.ts';
import { Sha256 } from '#aws/sha256.ts';
import type { DeclaredTemplate } from '../declared.ts';

/** Questions to an account, each by a call that changes nothing. */

type Signer = ConstructorParameters<typeof SignatureV4>[0];
export type AccountAccess = {
  readonly region: string;
  readonly credentials: Signer['credentials'];
  /** Replaces the endpoints of AWS. */
  readonly endpoint?: string;
};

/** A call: JSON with a target, a query in the old form, or a path. */
type Call = {
  readonly service: string;
  readonly host: string;
  readonly region?: string;
  readonly path?: string;
  readonly target?: string;
  readonly json?: object;
  /** Of the protocol AWS JSON, 1.1 by default. */
  readonly version?: '1.0' | '1.1';
  readonly query?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'HEAD';
};

type Answer = { readonly status: number; readonly text: string };

/** Versions of the APIs that answer in XML. */
const versions = {
  cloudformation: '2010-05-15',
  ec2: '2016-11-15',
  iam: '2010-05-08',
  sns: '2010-03-31',
  sts: '2011-06-15',
} as const;

function requestOf({ target, json, version = '1.1', query, method = 'GET' }: Call): {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
} {
  if (target !== undefined)
    return {
      method: 'POST',
      headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
      body: JSON.stringify(json ?? {}),
    };
  if (query === undefined) return { method, headers: {} };
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(query).toString(),
  };
}

async function send({ region, credentials, endpoint }: AccountAccess, call: Call): Promise<Answer> {
  const { method, headers, body } = requestOf(call);
  const { protocol, hostname, host, origin } = new URL(endpoint ?? `https://${call.host}`);
  const path = call.path ?? '/';
  const signer = new SignatureV4({ service: call.service, region: call.region ?? region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    ...{ method, protocol, hostname, path },
    headers: { ...headers, host },
    ...(body === undefined ? {} : { body }),
  });
  const response = await fetch(origin + path, {
    ...{ method, headers: signed.headers },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(10 * second),
  });
  return { status: response.status, text: await response.text() };
}

/** What an account did not say, and why. */
class UnansweredError extends Error {}

/** @throws UnansweredError for an answer other than 200 */
function textOf({ status, text }: Answer, action: string): string {
  if (status !== 200) throw new UnansweredError(`${action} answered ${status}: ${text.slice(0, 200)}`);
  return text;
}

/** The texts of all elements of a name, in an answer of an API that writes no attributes into them. */
const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))].map(([, text = '']) => text);

/** The items of the outermost list of an answer, whose lists all have items of one name: `item` of EC2. */
function itemsIn(xml: string, list: string, item = 'item'): string[] {
  const items: string[] = [];
  let [depth, from] = [0, 0];
  const [text = ''] = new RegExp(`<${list}>[^]*</${list}>`).exec(xml) ?? [];
  for (const { 0: tag, index } of text.matchAll(new RegExp(`</?${item}>`, 'g'))) {
    if (tag === `<${item}>` && (depth += 1) === 1) from = index;
    if (tag === `</${item}>` && (depth -= 1) === 0) items.push(text.slice(from, index));
  }
  return items;
}

export type Zone = { readonly name: string; readonly id: string };

/** Asks a service that answers in XML. */
type Query = (
  service: keyof typeof versions,
  action: string,
  parameters?: Readonly<Record<string, string>>,
) => Promise<Answer>;

const queryAt =
  (access: AccountAccess): Query =>
  async (service, Action, parameters = {}) => {
    const isGlobal = service === 'iam';
    return send(access, {
      service,
      host: isGlobal ? 'iam.amazonaws.com' : `${service}.${access.region}.amazonaws.com`,
      ...(isGlobal ? { region: 'us-east-1' } : {}),
      query: { Action, Version: versions[service], ...parameters },
    });
  };

const quotasAt = (access: AccountAccess) => ({
  /** The value of a quota: that of the account, or of all accounts. */
  quota: async (ServiceCode: string, QuotaCode: string): Promise<number> => {
    const ask = async (action: string): Promise<Answer> =>
      send(access, {
        service: 'servicequotas',
        host: `servicequotas.${access.region}.amazonaws.com`,
        target: `ServiceQuotasV20190624.${action}`,
        json: { ServiceCode, QuotaCode },
      });
    const own = await ask('GetServiceQuota');
    const of = own.text.includes('NoSuchResourceException') ? await ask('GetAWSDefaultServiceQuota') : own;
    const answer = JSON.parse(textOf(of, 'GetServiceQuota')) as { readonly Quota?: { readonly Value?: number } };
    return answer.Quota?.Value ?? 0;
  },
});

function networksAt(query: Query) {
  /** How many items of a list of EC2 were not made by the stacks whose names begin so. */
  const countOthers = async (action: string, list: string, own: string): Promise<number> => {
    const items = itemsIn(textOf(await query('ec2', action), action), list);
    return items.filter((item) => !item.includes(`<value>${own}`)).length;
  };
  return {
    vpcs: async (own: string): Promise<number> => countOthers('DescribeVpcs', 'vpcSet', own),
    addresses: async (own: string): Promise<number> => countOthers('DescribeAddresses', 'addressesSet', own),
    zones: async (): Promise<Zone[]> => {
      const items = itemsIn(textOf(await query('ec2', 'DescribeAvailabilityZones'), 'zones'), 'availabilityZoneInfo');
      return items
        .filter((item) => elements(item, 'zoneState')[0] === 'available')
        .map((item) => ({ name: elements(item, 'zoneName')[0] ?? '', id: elements(item, 'zoneId')[0] ?? '' }))
        .toSorted((one, other) => one.name.localeCompare(other.name, 'en'));
    },
  };
}

const rolesAt = (query: Query) => ({
  id: async (): Promise<string> =>
    elements(textOf(await query('sts', 'GetCallerIdentity'), 'GetCallerIdentity'), 'Account')[0] ?? '',
  hasRole: async (RoleName: string): Promise<boolean> => {
    const answer = await query('iam', 'GetRole', { RoleName });
    if (answer.status === 404) return false;
    return textOf(answer, 'GetRole') !== '';
  },
  /** Roles that there may be, less those that there are. */
  freeRoles: async (): Promise<number> => {
    const text = textOf(await query('iam', 'GetAccountSummary'), 'GetAccountSummary');
    const numberOf = (key: string): number =>
      Number(new RegExp(`<key>${key}</key>\\s*<value>(\\d+)</value>`).exec(text)?.[1] ?? 0);
    return numberOf('RolesQuota') - numberOf('Roles');
  },
});

const imagesAt = (access: AccountAccess) => ({
  hasRepository: async (name: string): Promise<boolean> => {
    const answer = await send(access, {
      service: 'ecr',
      host: `api.ecr.${access.region}.amazonaws.com`,
      target: 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories',
      json: { repositoryNames: [name] },
    });
    return answer.text.includes('RepositoryNotFoundException') ? false : textOf(answer, 'DescribeRepositories') !== '';
  },
});

function mailAt(access: AccountAccess) {
  const mail = async (path: string): Promise<Answer> =>
    send(access, { service: 'ses', host: `email.${access.region}.amazonaws.com`, path: `/v2/email/${path}` });
  return {
    /** Whether SES sends to addresses that are not verified. */
    isOutOfSandbox: async (): Promise<boolean> =>
      (JSON.parse(textOf(await mail('account'), 'GetAccount')) as { readonly ProductionAccessEnabled?: boolean })
        .ProductionAccessEnabled === true,
    hasIdentity: async (identity: string): Promise<boolean> => {
      const answer = await mail(`identities/${encodeURIComponent(identity)}`);
      if (answer.status === 404) return false;
      return (
        (JSON.parse(textOf(answer, 'GetEmailIdentity')) as { readonly VerifiedForSendingStatus?: boolean })
          .VerifiedForSendingStatus === true
      );
    },
  };
}

/** What outlives its stack, if it exists. */
function remainsAt(access: AccountAccess) {
  const exists = (answer: Answer, action: string): boolean =>
    answer.text.includes('ResourceNotFoundException') ? false : textOf(answer, action) !== '';
  const described = async (service: string, target: string, json: object): Promise<boolean> => {
    const host = `${service}.${access.region}.amazonaws.com`;
    return exists(await send(access, { service, host, target, json }), target);
  };
  return {
    table: async (TableName: string): Promise<boolean> =>
      described('dynamodb', 'DynamoDB_20120810.DescribeTable', { TableName }),
    secret: async (SecretId: string): Promise<boolean> =>
      described('secretsmanager', 'secretsmanager.DescribeSecret', { SecretId }),
    /** Any log group whose name begins so. */
    logs: async (logGroupNamePrefix: string): Promise<boolean> => {
      const host = `logs.${access.region}.amazonaws.com`;
      const target = 'Logs_20140328.DescribeLogGroups';
      const answer = await send(access, { service: 'logs', host, target, json: { logGroupNamePrefix, limit: 1 } });
      const { logGroups = [] } = JSON.parse(textOf(answer, target)) as { readonly logGroups?: readonly object[] };
      return logGroups.length > 0;
    },
    /** AWS Backup answers 400 if there is no vault of the name. */
    vault: async (name: string): Promise<boolean> => {
      const host = `backup.${access.region}.amazonaws.com`;
      return exists(
        await send(access, { service: 'backup', host, path: `/backup-vaults/${name}` }),
        'DescribeBackupVault',
      );
    },
    /** A bucket of another account is 403. */
    bucket: async (name: string): Promise<boolean> => {
      const host = `s3.${access.region}.amazonaws.com`;
      const { status } = await send(access, { service: 's3', host, path: `/${name}`, method: 'HEAD' });
      return status !== 404;
    },
  };
}

/** A stack with its outputs. */
export type DeployedStack = {
  readonly name: string;
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
};

const entities: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&', '#13': '\r' };
const unescaped = (xml: string): string =>
  xml.replaceAll(/&([a-z]+|#13|#xD);/g, (_, name: string) => entities[name] ?? '');

const stackOf = (xml: string): DeployedStack => ({
  name: elements(xml, 'StackName')[0] ?? '',
  status: elements(xml, 'StackStatus')[0] ?? '',
  outputs: Object.fromEntries(
    itemsIn(xml, 'Outputs', 'member').map((output) => [
      elements(output, 'OutputKey')[0] ?? '',
      unescaped(elements(output, 'OutputValue')[0] ?? ''),
    ]),
  ),
});

const stacksAt = (query: Query) => ({
  /** The status of a stack; undefined if there is none. */
  stackStatus: async (StackName: string): Promise<string | undefined> => {
    const answer = await query('cloudformation', 'DescribeStacks', { StackName });
    if (answer.text.includes('does not exist')) return undefined;
    return elements(textOf(answer, 'DescribeStacks'), 'StackStatus')[0];
  },
  /** The stacks whose names begin so. */
  stacks: async (prefix: string): Promise<DeployedStack[]> => {
    const found: DeployedStack[] = [];
    let NextToken: string | undefined;
    do {
      const text = textOf(
        await query('cloudformation', 'DescribeStacks', NextToken === undefined ? {} : { NextToken }),
        'DescribeStacks',
      );
      found.push(...itemsIn(text, 'Stacks', 'member').map(stackOf));
      NextToken = elements(text, 'NextToken')[0];
    } while (NextToken !== undefined);
    return found.filter(({ name }) => name.startsWith(prefix));
  },
  /** The template that a stack was deployed with; undefined if there is no such stack. */
  template: async (StackName: string): Promise<DeclaredTemplate | undefined> => {
    const answer = await query('cloudformation', 'GetTemplate', { StackName });
    if (answer.text.includes('does not exist')) return undefined;
    return JSON.parse(unescaped(elements(textOf(answer, 'GetTemplate'), 'TemplateBody')[0] ?? '')) as DeclaredTemplate;
  },
});

const parametersAt = (access: AccountAccess) => ({
  /** The value of a parameter of Systems Manager; undefined if there is none. */
  parameter: async (Name: string): Promise<string | undefined> => {
    const answer = await send(access, {
      service: 'ssm',
      host: `ssm.${access.region}.amazonaws.com`,
      target: 'AmazonSSM.GetParameter',
      json: { Name },
    });
    if (answer.text.includes('ParameterNotFound')) return undefined;
    const { Parameter } = JSON.parse(textOf(answer, 'GetParameter')) as {
      readonly Parameter: { readonly Value: string };
    };
    return Parameter.Value;
  },
});

/** A record that proves a domain to AWS Certificate Manager. */
type ProvingRecord = { readonly Name: string; readonly Type: string; readonly Value: string };
type DescribedCertificate = {
  readonly Status: string;
  readonly DomainValidationOptions?: readonly {
    readonly ValidationStatus?: string;
    readonly ResourceRecord?: ProvingRecord;
  }[];
};

function certificatesAt(access: AccountAccess) {
  const ask = async (action: string, json: object): Promise<unknown> =>
    JSON.parse(
      textOf(
        await send(access, {
          service: 'acm',
          host: `acm.${access.region}.amazonaws.com`,
          target: `CertificateManager.${action}`,
          json,
        }),
        action,
      ),
    );
  return {
    /** The newest certificate of a domain: its status, and the records that wait to be published. */
    certificate: async (
      domain: string,
    ): Promise<{ readonly status: string; readonly records: readonly ProvingRecord[] } | undefined> => {
      const { CertificateSummaryList = [] } = (await ask('ListCertificates', { MaxItems: 1_000 })) as {
        readonly CertificateSummaryList?: readonly {
          readonly CertificateArn: string;
          readonly DomainName: string;
          readonly CreatedAt?: number;
        }[];
      };
      const [newest] = CertificateSummaryList.filter(({ DomainName }) => DomainName === domain).toSorted(
        (one, other) => (other.CreatedAt ?? 0) - (one.CreatedAt ?? 0),
      );
      if (newest === undefined) return undefined;
      const { Certificate } = (await ask('DescribeCertificate', { CertificateArn: newest.CertificateArn })) as {
        readonly Certificate: DescribedCertificate;
      };
      const records = (Certificate.DomainValidationOptions ?? []).flatMap(({ ValidationStatus, ResourceRecord }) =>
        ValidationStatus === 'SUCCESS' || ResourceRecord === undefined ? [] : [ResourceRecord],
      );
      return { status: Certificate.Status, records };
    },
  };
}

const noticesAt = (access: AccountAccess, query: Query) => ({
  /** Whether the recipient of a topic confirmed the subscription; undefined if there is none. */
  isConfirmed: async (TopicArn: string, address: string): Promise<boolean | undefined> => {
    const action = 'ListSubscriptionsByTopic';
    const text = textOf(await query('sns', action, { TopicArn }), action);
    const own = itemsIn(text, 'Subscriptions', 'member').find((each) => elements(each, 'Endpoint')[0] === address);
    return own === undefined ? undefined : elements(own, 'SubscriptionArn')[0]?.startsWith('arn:') === true;
  },
  /** Whether the account sends SMS to numbers that it did not verify, by Amazon SNS or by AWS End User Messaging. */
  isOutOfSmsSandbox: async (provider: 'sns' | 'eum'): Promise<boolean> => {
    const [sns, eum] = ['GetSMSSandboxAccountStatus', 'DescribeAccountAttributes'];
    if (provider === 'sns') return elements(textOf(await query('sns', sns), sns), 'IsInSandbox')[0] === 'false';
    const answer = await send(access, {
      service: 'sms-voice',
      host: `sms-voice.${access.region}.amazonaws.com`,
      target: `PinpointSMSVoiceV2.${eum}`,
      json: {},
      version: '1.0',
    });
    const { AccountAttributes = [] } = JSON.parse(textOf(answer, eum)) as {
      readonly AccountAttributes?: readonly { readonly Name: string; readonly Value: string }[];
    };
    return AccountAttributes.some(({ Name, Value }) => Name === 'ACCOUNT_TIER' && Value === 'PRODUCTION');
  },
});

const copiesAt = (access: AccountAccess) => ({
  /** Regions that have a copy of a secret. */
  secretCopies: async (SecretId: string): Promise<string[]> => {
    const answer = await send(access, {
      service: 'secretsmanager',
      host: `secretsmanager.${access.region}.amazonaws.com`,
      target: 'secretsmanager.DescribeSecret',
      json: { SecretId },
    });
    const { ReplicationStatus = [] } = JSON.parse(textOf(answer, 'DescribeSecret')) as {
      readonly ReplicationStatus?: readonly { readonly Region: string; readonly Status: string }[];
    };
    return ReplicationStatus.filter(({ Status }) => Status === 'InSync').map(({ Region }) => Region);
  },
  /** The types of resources that AWS Backup copies, of those that a stage has. */
  backedUp: async (): Promise<Readonly<Record<string, boolean>>> => {
    const host = `backup.${access.region}.amazonaws.com`;
    const answer = await send(access, { service: 'backup', host, path: '/account-settings' });
    const { ResourceTypeOptInPreference = {} } = JSON.parse(textOf(answer, 'DescribeRegionSettings')) as {
      readonly ResourceTypeOptInPreference?: Readonly<Record<string, boolean>>;
    };
    return ResourceTypeOptInPreference;
  },
});

export type Account = ReturnType<typeof accountAt>;

/** The account of the credentials, in a region. */
export const accountAt = (access: AccountAccess) => ({
  ...quotasAt(access),
  ...networksAt(queryAt(access)),
  ...rolesAt(queryAt(access)),
  ...imagesAt(access),
  ...mailAt(access),
  ...stacksAt(queryAt(access)),
  ...parametersAt(access),
  ...certificatesAt(access),
  ...noticesAt(access, queryAt(access)),
  ...copiesAt(access),
  has: remainsAt(access),
});
