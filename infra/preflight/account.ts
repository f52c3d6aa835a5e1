import { SignatureV4 } from '@smithy/signature-v4';
import { second } from '#schema/time.ts';
import { Sha256 } from '#runtime/sha256.ts';

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
  readonly query?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'HEAD';
};

type Answer = { readonly status: number; readonly text: string };

/** Versions of the APIs that answer in XML. */
const versions = {
  cloudformation: '2010-05-15',
  ec2: '2016-11-15',
  iam: '2010-05-08',
  sts: '2011-06-15',
} as const;

function requestOf({ target, json, query, method = 'GET' }: Call): {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
} {
  if (target !== undefined)
    return {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
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

/** The items of the outermost list of an answer of EC2, which names every item of every list `item`. */
function itemsIn(xml: string, list: string): string[] {
  const items: string[] = [];
  let [depth, from] = [0, 0];
  const [text = ''] = new RegExp(`<${list}>[^]*</${list}>`).exec(xml) ?? [];
  for (const { 0: tag, index } of text.matchAll(/<(\/?)item>/g)) {
    if (tag === '<item>' && (depth += 1) === 1) from = index;
    if (tag === '</item>' && (depth -= 1) === 0) items.push(text.slice(from, index));
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

const stacksAt = (query: Query) => ({
  /** The status of a stack; undefined if there is none. */
  stackStatus: async (StackName: string): Promise<string | undefined> => {
    const answer = await query('cloudformation', 'DescribeStacks', { StackName });
    if (answer.text.includes('does not exist')) return undefined;
    return elements(textOf(answer, 'DescribeStacks'), 'StackStatus')[0];
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
  has: remainsAt(access),
});
