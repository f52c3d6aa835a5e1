import type { Node } from 'constructs';
import { variablesFrom } from './function-variables.ts';

/** Settings of a deployment, by CDK context (`-c stage=prod`); infra/README.md, "Deployment". */
export type Settings = {
  /** Part of every physical name. */
  readonly stage: string;
  /** Custom domain of the API, and issuer of tokens. */
  readonly domain: string | undefined;
  /** Host name of SIP, and realm of SIP accounts; without one, phones use the names of the balancers. */
  readonly sipDomain: string | undefined;
  /**
   * `udp`: one balancer, and neither TCP nor TLS. `off`: no sidecar, no network for it, no balancers: phones, gateways
   * and trunks cannot connect.
   */
  readonly sip: 'on' | 'udp' | 'off';
  /** Availability zones of the network of SIP, if they are not the first ones of the region. */
  readonly zones: readonly string[];
  /** Number of tasks of the sidecar. A single one is smaller, and alone in one availability zone. */
  readonly sipTasks: number;
  /** `few`: those about lost data or failing requests, at most as many as CloudWatch has free. */
  readonly alarms: 'all' | 'few';
  /** Certificate for the domain and the SIP domain, if the platform is not to request one. */
  readonly certificateArn: string | undefined;
  /** Issuer of tokens if there is no domain. */
  readonly publicUrl: string;
  /** Whether functions that answer requests get new code at once, or step by step with a roll-back on their alarms. */
  readonly release: 'at-once' | 'canary' | 'linear';
  /** Number of warm environments of the evaluator; 0: it has none, and is called without an alias. */
  readonly provisionedConcurrency: number;
  /** Max requests per second of all clients together; API Gateway answers the others with 429. */
  readonly requestsPerSecond: number;
  /** Environments that only log-in uses, and that it has at most; 0: as many as the account has left. */
  readonly loginConcurrency: number;
  /** US dollars per month of the whole account; an e-mail to `alarmEmail` warns before they are spent. */
  readonly monthlyBudget: number;
  /** Name of the table, if it is not that of the stage: a copy of an earlier time (infra/RUNBOOK.md, "Restore"). */
  readonly tableName: string | undefined;
  /** What the names of the buckets with versions end with, if they are copies of an earlier time. */
  readonly bucketSuffix: string | undefined;
  /** Whether destroying the stage deletes its data. */
  readonly ephemeral: boolean;
  /** Origins that get CORS headers. */
  readonly corsOrigins: readonly string[];
  /** IAM principals (ARNs) that may send to the CDR queue. */
  readonly cdrProducers: readonly string[];
  /** Whether the CDR queue's URL is also in the parameter that the stages of an account share. */
  readonly sharedCdrParameter: boolean;
  readonly operatorName: string;
  /** Variables of functions that context sets: rate limits, trusted proxies, the first administrator. */
  readonly variables: Readonly<Record<string, string>>;
  /** Sender of the platform's e-mail; SES must have verified the address or its domain. */
  readonly emailFrom: string;
  /** Vault of AWS Backup in another region (ARN) that backups are copied to, if any. */
  readonly backupCopyVault: string | undefined;
  /** Address that alarms are sent to, if any. */
  readonly alarmEmail: string | undefined;
  /**
   * The sidecar sends from its tasks' own addresses, or from NAT gateways with fixed addresses (for carriers with
   * allow-lists).
   */
  readonly sipEgress: 'public' | 'nat';
  /** Whether media cross relays of the deployment. */
  readonly mediaRelay: boolean;
  /**
   * `eum`: AWS End User Messaging sends SMS, and reports what becomes of them and what numbers receive. `off`: the same
   * without reports: SMS end at `sent`. `sns`: Amazon SNS sends them.
   */
  readonly sms: 'off' | 'eum' | 'sns';
  /** `polly`: Amazon Polly says the texts of call flows. */
  readonly speech: 'polly' | 'none';
  /** Whether the account logs the deliveries of SNS, which then report what becomes of SMS. */
  readonly smsDeliveryLog: boolean;
  /** Hours for which a billing period accepts calls after its end. */
  readonly periodGraceHours: number;
  /** Route 53 zone of the domain and the SIP domain, if any: for the certificate, the API and SIP. */
  readonly hostedZoneId: string | undefined;
};

/** Availability zones of the network of SIP. */
export const maxZones = 2;

/**
 * A name of a bucket has 63 characters at most, with the account and the longest region: `trunkline-<stage>-voicemail-
 * 000000000000-ap-northeast-1`.
 */
const stageLength = 15;
const stageForm = new RegExp(`^[a-z][a-z0-9]{1,${stageLength - 1}}$`);

const textOf = (node: Node, name: string): string | undefined => {
  const value: unknown = node.tryGetContext(name);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
};

const listOf = (node: Node, name: string): string[] =>
  (textOf(node, name) ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

/** One of a few words; the first is the default. */
function wordIn<const W extends string>(node: Node, name: string, words: readonly [W, ...W[]]): W {
  const text = textOf(node, name) ?? words[0];
  const word = words.find((each) => each === text);
  if (word === undefined) throw new Error(`${name} must be ${words.join(' or ')}, not ${text}`);
  return word;
}

/** A period is closed before the next one ends, which has at least 28 days. */
const maxGraceHours = 27 * 24;

function graceOf(hours: number): number {
  if (!(hours >= 0 && hours <= maxGraceHours))
    throw new Error(`periodGraceHours must be a number from 0 to ${maxGraceHours}`);
  return hours;
}

/** One address and nothing else, as it is used in headers and in a condition of IAM. */
const addressForm = /^[A-Za-z0-9.!#$%&'+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$/;

function senderIn(node: Node, host: string): string {
  const address = textOf(node, 'emailFrom') ?? `no-reply@${host}`;
  if (!addressForm.test(address))
    throw new Error(`emailFrom must be an address such as no-reply@example.com, not ${address}`);
  return address;
}

/** A host name of at least two labels. */
const domainForm = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

function domainIn(node: Node, name: string): string | undefined {
  const text = textOf(node, name);
  if (text !== undefined && !domainForm.test(text))
    throw new Error(`${name} must be a host name in lower case such as api.example.com, not ${text}`);
  return text;
}

function wholeNumberIn(node: Node, name: string, usual: number, least: number): number {
  const value = Number(textOf(node, name) ?? usual);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`${name} must be a whole number from ${least}`);
  return value;
}

/** Names that DynamoDB allows (DynamoDB API Reference, "TableName"). */
const tableForm = /^[A-Za-z0-9_.-]{3,255}$/;

function tableIn(node: Node): string | undefined {
  const name = textOf(node, 'tableName');
  if (name !== undefined && !tableForm.test(name)) throw new Error(`tableName must match ${tableForm.source}`);
  return name;
}

const bucketSuffixForm = /^[a-z0-9]{1,6}$/;

/** Names of buckets with a suffix have the length that those of a stage with a long name have. */
function bucketSuffixIn(node: Node, stage: string): string | undefined {
  const suffix = textOf(node, 'bucketSuffix');
  if (suffix === undefined) return undefined;
  if (!bucketSuffixForm.test(suffix)) throw new Error(`bucketSuffix must match ${bucketSuffixForm.source}`);
  const room = stageLength - stage.length - 1;
  if (suffix.length > room) throw new Error(`bucketSuffix has room for ${Math.max(0, room)} characters in this stage`);
  return suffix;
}

function domainsIn(node: Node): Pick<Settings, 'domain' | 'sipDomain' | 'certificateArn' | 'hostedZoneId'> {
  const domain = domainIn(node, 'domain');
  const sipDomain = domainIn(node, 'sipDomain') ?? (domain === undefined ? undefined : `sip.${domain}`);
  // Both have an address record.
  if (domain !== undefined && sipDomain === domain) throw new Error('sipDomain must not be the domain of the API');
  return {
    domain,
    sipDomain,
    certificateArn: textOf(node, 'certificateArn'),
    hostedZoneId: textOf(node, 'hostedZoneId'),
  };
}

/** `OUTBOUND_ALLOW_PRIVATE` would open the network of the deployment to its tenants (shared/outbound/README.md). */
function assertPublicOutbound(node: Node): void {
  if ((textOf(node, 'outboundAllowPrivate') ?? 'false') !== 'false')
    throw new Error('outboundAllowPrivate is for `npm start` only: a deployment never sends to private addresses');
}

function smsIn(node: Node): Pick<Settings, 'sms' | 'smsDeliveryLog'> {
  const sms = wordIn(node, 'sms', ['off', 'eum', 'sns']);
  const smsDeliveryLog = wordIn(node, 'smsDeliveryLog', ['false', 'true']) === 'true';
  if (smsDeliveryLog && sms !== 'sns') throw new Error('smsDeliveryLog is for -c sms=sns only');
  return { sms, smsDeliveryLog };
}

function sipIn(node: Node): Pick<Settings, 'sip' | 'mediaRelay'> {
  const sip = wordIn(node, 'sip', ['on', 'udp', 'off']);
  const mediaRelay = wordIn(node, 'mediaRelay', ['false', 'true']) === 'true';
  if (mediaRelay && sip === 'off') throw new Error('mediaRelay needs SIP: not with -c sip=off');
  return { sip, mediaRelay };
}

function backupVaultIn(node: Node): string | undefined {
  const arn = textOf(node, 'backupCopyVault');
  if (arn !== undefined && !/^arn:aws[\w-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:[\w-]{2,50}$/.test(arn))
    throw new Error(`backupCopyVault must be the ARN of a vault of AWS Backup, not ${arn}`);
  return arn;
}

function zonesIn(node: Node): readonly string[] {
  const zones = listOf(node, 'zones');
  if (zones.length > 0 && (zones.length !== maxZones || new Set(zones).size !== zones.length))
    throw new Error(`zones must be ${maxZones} different availability zones such as us-east-1a,us-east-1b`);
  return zones;
}

/** @throws Error for a stage that cannot be part of a name, or an invalid number or address */
export function settingsFrom(node: Node): Settings {
  assertPublicOutbound(node);
  const stage = textOf(node, 'stage') ?? 'dev';
  if (!stageForm.test(stage)) throw new Error(`stage must match ${stageForm.source}, not ${stage}`);
  const { domain, ...domains } = domainsIn(node);
  const host = domain ?? `trunkline.${stage}.invalid`;
  return {
    stage,
    domain,
    ...domains,
    release: wordIn(node, 'release', ['at-once', 'canary', 'linear']),
    provisionedConcurrency: wholeNumberIn(node, 'provisionedConcurrency', 1, 0),
    requestsPerSecond: wholeNumberIn(node, 'requestsPerSecond', 2_000, 1),
    loginConcurrency: wholeNumberIn(node, 'loginConcurrency', 24, 0),
    monthlyBudget: wholeNumberIn(node, 'monthlyBudget', 200, 1),
    periodGraceHours: graceOf(Number(textOf(node, 'periodGraceHours') ?? 24)),
    publicUrl: domain === undefined ? (textOf(node, 'publicUrl') ?? `https://${host}`) : `https://${host}`,
    tableName: tableIn(node),
    bucketSuffix: bucketSuffixIn(node, stage),
    ephemeral: textOf(node, 'ephemeral') === 'true',
    corsOrigins: listOf(node, 'corsOrigins'),
    cdrProducers: listOf(node, 'cdrProducers'),
    sharedCdrParameter: textOf(node, 'sharedCdrParameter') === 'true',
    operatorName: textOf(node, 'operatorName') ?? 'Operator',
    variables: variablesFrom((context) => textOf(node, context)),
    emailFrom: senderIn(node, host),
    alarmEmail: textOf(node, 'alarmEmail'),
    backupCopyVault: backupVaultIn(node),
    ...sipIn(node),
    zones: zonesIn(node),
    sipTasks: wholeNumberIn(node, 'sipTasks', 2, 1),
    alarms: wordIn(node, 'alarms', ['all', 'few']),
    ...smsIn(node),
    speech: wordIn(node, 'speech', ['polly', 'none']),
    sipEgress: wordIn(node, 'sipEgress', ['public', 'nat']),
  };
}
