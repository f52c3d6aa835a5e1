import type { Node as ConstructNode } from 'constructs';
import { storedAddress } from '#schema/email-address.ts';
import { variablesFrom } from './function-variables.ts';
import { maxCdrsPerSecond, newTableWrites, shardVariables } from './throughput.ts';

/** Where settings are read. */
type Node = Pick<ConstructNode, 'tryGetContext'>;

/** Settings of a deployment, by CDK context (`-c stage=prod`); infra/README.md, "Deployment". */
export type Settings = {
  /** Those that the context gives, as texts: a later deployment is compared with them. The others have defaults. */
  readonly given: Readonly<Record<string, string>>;
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
  /** `xray`: functions record traces. */
  readonly traces: 'off' | 'xray';
  /** Days for which log lines are stored. */
  readonly logRetentionDays: number;
  /** Certificate for the domain and the SIP domain, if the platform is not to request one. */
  readonly certificateArn: string | undefined;
  /** URL of the API, and issuer of tokens; undefined: the URL that AWS generates. */
  readonly publicUrl: string | undefined;
  /** Whether functions that answer requests get new code at once, or step by step with a roll-back on their alarms. */
  readonly release: 'at-once' | 'canary' | 'linear';
  /** Number of warm environments of the evaluator; 0: it has none, and is called without an alias. */
  readonly provisionedConcurrency: number;
  /** CDRs per second at the busiest time: concurrency and shards follow from it (throughput.ts). */
  readonly cdrsPerSecond: number;
  /** Write units per second for which the table and its indexes are prepared; undefined: as DynamoDB prepares them. */
  readonly warmWrites: number | undefined;
  /** Max requests per second of all clients together; API Gateway answers the others with 429. */
  readonly requestsPerSecond: number;
  /** Environments that only log-in uses, and that it has at most; 0: as many as the account has left. */
  readonly loginConcurrency: number;
  /**
   * US dollars per month of the whole account; an e-mail to `alarmEmail` warns before they are spent. Undefined: 1.5
   * times what an idle month of these settings costs (infra/cost).
   */
  readonly monthlyBudget: number | undefined;
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
  /**
   * Name of a secret with the key and the certificate that the sidecar presents to servers which demand one, if any.
   * The operator keeps it.
   */
  readonly sipClientCertificate: string | undefined;
  /** Whether media cross relays of the deployment. */
  readonly mediaRelay: boolean;
  /** Relays at most: each has up to 300 sessions before another one is started. */
  readonly maxRelays: number;
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

/** The last part of the name of the parameter that holds the settings of a deployed stage. */
export const settingsParameter = 'settings';

/** Availability zones of the network of SIP. */
export const maxZones = 2;

/**
 * A name of a bucket has 63 characters at most, with the account and the longest region: `trunkline-<stage>-voicemail-
 * 000000000000-ap-northeast-1`.
 */
const stageLength = 15;
export const stageForm = new RegExp(`^[a-z][a-z0-9]{1,${stageLength - 1}}$`);

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

/**
 * One address and nothing else, as it is used in headers and in a condition of IAM. The local part keeps its case:
 * that is how SES has verified it.
 */
function addressIn(name: string, given: string): string {
  const stored = storedAddress(given);
  if (stored === undefined) throw new Error(`${name} must be an address such as no-reply@example.com, not ${given}`);
  return given.trim().replace(/@.*$/, '') + stored.slice(stored.lastIndexOf('@'));
}

function senderIn(node: Node, host: string): string {
  const address = textOf(node, 'emailFrom') ?? `no-reply@${host}`;
  // IAM takes it for any text.
  if (address.includes('*')) throw new Error(`emailFrom must be an address without *, not ${address}`);
  return addressIn('emailFrom', address);
}

function alarmEmailIn(node: Node): string | undefined {
  const given = textOf(node, 'alarmEmail');
  return given === undefined ? undefined : addressIn('alarmEmail', given);
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

/** A name of Secrets Manager (API Reference, CreateSecret). */
const secretForm = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

function secretIn(node: Node, name: string): string | undefined {
  const secret = textOf(node, name);
  if (secret !== undefined && !secretForm.test(secret)) throw new Error(`${name} must be the name of a secret`);
  return secret;
}

function smsIn(node: Node): Pick<Settings, 'sms' | 'smsDeliveryLog'> {
  const sms = wordIn(node, 'sms', ['off', 'eum', 'sns']);
  const smsDeliveryLog = wordIn(node, 'smsDeliveryLog', ['false', 'true']) === 'true';
  if (smsDeliveryLog && sms !== 'sns') throw new Error('smsDeliveryLog is for sms=sns only');
  return { sms, smsDeliveryLog };
}

function sipIn(node: Node): Pick<Settings, 'sip' | 'mediaRelay'> {
  const sip = wordIn(node, 'sip', ['on', 'udp', 'off']);
  const mediaRelay = wordIn(node, 'mediaRelay', ['false', 'true']) === 'true';
  if (mediaRelay && sip === 'off') throw new Error('mediaRelay needs SIP: not with sip=off');
  return { sip, mediaRelay };
}

/** Tasks of an ECS service at most, of which a deployment runs twice as many (Amazon ECS Developer Guide, "Quotas"). */
const maxServiceTasks = 2_500;

function relaysIn(node: Node): number {
  const relays = wholeNumberIn(node, 'maxRelays', 8, 2);
  if (relays > maxServiceTasks) throw new Error(`maxRelays must be at most ${maxServiceTasks}`);
  return relays;
}

/** The number of shards follows from the CDRs, unless it is given. */
function throughputIn(node: Node): Pick<Settings, 'cdrsPerSecond' | 'warmWrites' | 'variables'> {
  const cdrsPerSecond = wholeNumberIn(node, 'cdrsPerSecond', 90, 1);
  if (cdrsPerSecond > maxCdrsPerSecond)
    throw new Error(`cdrsPerSecond must be at most ${maxCdrsPerSecond}: more need another stage`);
  const isWarm = textOf(node, 'warmWrites') !== undefined;
  return {
    cdrsPerSecond,
    warmWrites: isWarm ? wholeNumberIn(node, 'warmWrites', newTableWrites, newTableWrites) : undefined,
    variables: { ...shardVariables(cdrsPerSecond), ...variablesFrom((context) => textOf(node, context)) },
  };
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

/** What CloudWatch Logs accepts (API Reference, PutRetentionPolicy). */
const retentionDays: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653,
];

function retentionIn(node: Node): number {
  const days = Number(textOf(node, 'logRetentionDays') ?? 30);
  if (!retentionDays.includes(days)) throw new Error(`logRetentionDays must be one of ${retentionDays.join(', ')}`);
  return days;
}

function readFrom(node: Node): Omit<Settings, 'given'> {
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
    ...throughputIn(node),
    loginConcurrency: wholeNumberIn(node, 'loginConcurrency', 24, 0),
    monthlyBudget: textOf(node, 'monthlyBudget') === undefined ? undefined : wholeNumberIn(node, 'monthlyBudget', 1, 1),
    periodGraceHours: graceOf(Number(textOf(node, 'periodGraceHours') ?? 24)),
    publicUrl: domain === undefined ? textOf(node, 'publicUrl') : `https://${host}`,
    tableName: tableIn(node),
    bucketSuffix: bucketSuffixIn(node, stage),
    ephemeral: textOf(node, 'ephemeral') === 'true',
    corsOrigins: listOf(node, 'corsOrigins'),
    cdrProducers: listOf(node, 'cdrProducers'),
    sharedCdrParameter: textOf(node, 'sharedCdrParameter') === 'true',
    operatorName: textOf(node, 'operatorName') ?? 'Operator',
    emailFrom: senderIn(node, host),
    alarmEmail: alarmEmailIn(node),
    backupCopyVault: backupVaultIn(node),
    ...sipIn(node),
    maxRelays: relaysIn(node),
    zones: zonesIn(node),
    sipTasks: wholeNumberIn(node, 'sipTasks', 2, 1),
    alarms: wordIn(node, 'alarms', ['all', 'few']),
    traces: wordIn(node, 'traces', ['off', 'xray']),
    logRetentionDays: retentionIn(node),
    ...smsIn(node),
    speech: wordIn(node, 'speech', ['polly', 'none']),
    sipEgress: wordIn(node, 'sipEgress', ['public', 'nat']),
    sipClientCertificate: secretIn(node, 'sipClientCertificate'),
  };
}

/** No settings of a file: the stage is its name, and the other one is for `npm start`. */
const unlisted: readonly string[] = ['stage', 'outboundAllowPrivate'];

/** @throws Error for a stage that cannot be part of a name, or an invalid number or address */
export function settingsFrom(node: Node): Settings {
  const given = new Map<string, string>();
  const settings = readFrom({
    tryGetContext: (name) => {
      const text = textOf(node, name);
      if (text !== undefined && !unlisted.includes(name)) given.set(name, text);
      return text;
    },
  });
  return { given: Object.fromEntries([...given].toSorted(([one], [other]) => (one < other ? -1 : 1))), ...settings };
}

/** The names of all settings but the stage. */
export function settingNames(): readonly string[] {
  const names = new Set<string>();
  readFrom({
    tryGetContext: (name) => {
      names.add(name);
    },
  });
  return [...names].filter((name) => !unlisted.includes(name)).toSorted();
}
