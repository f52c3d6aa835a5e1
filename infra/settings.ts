import type { Node } from 'constructs';

/** Settings of a deployment, by CDK context (`-c stage=prod`); infra/README.md, "Deployment". */
export type Settings = {
  /** Part of every physical name. */
  readonly stage: string;
  /** Custom domain of the API, and issuer of tokens. */
  readonly domain: string | undefined;
  /** Issuer of tokens if there is no domain. */
  readonly publicUrl: string;
  /** Number of warm environments of the evaluator; 0: it has none, and no alias. */
  readonly provisionedConcurrency: number;
  /** Whether destroying the stage deletes its data. */
  readonly ephemeral: boolean;
  /** Origins that get CORS headers. */
  readonly corsOrigins: readonly string[];
  /** IAM principals (ARNs) that may send to the CDR queue. */
  readonly cdrProducers: readonly string[];
  /** Whether the CDR queue's URL is also in the parameter that the stages of an account share. */
  readonly sharedCdrParameter: boolean;
  readonly operatorName: string;
  /** Sender of the platform's e-mail; SES must have verified the address or its domain. */
  readonly emailFrom: string;
  /** Address that alarms are sent to, if any. */
  readonly alarmEmail: string | undefined;
  /**
   * The sidecar sends from its tasks' own addresses, or from NAT gateways with fixed addresses (for carriers with
   * allow-lists).
   */
  readonly sipEgress: 'public' | 'nat';
  /** Hours for which a billing period accepts calls after its end. */
  readonly periodGraceHours: number;
  /** Route 53 zone for the SRV records of the domain, if any. */
  readonly hostedZoneId: string | undefined;
};

const stageForm = /^[a-z][a-z0-9]{1,15}$/;

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

function egressOf(text: string): Settings['sipEgress'] {
  if (text !== 'public' && text !== 'nat') throw new Error(`sipEgress must be public or nat, not ${text}`);
  return text;
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

/** @throws Error for a stage that cannot be part of a name, or an invalid number or address */
export function settingsFrom(node: Node): Settings {
  const stage = textOf(node, 'stage') ?? 'dev';
  if (!stageForm.test(stage)) throw new Error(`stage must match ${stageForm.source}, not ${stage}`);
  const provisionedConcurrency = Number(textOf(node, 'provisionedConcurrency') ?? 1);
  if (!Number.isInteger(provisionedConcurrency) || provisionedConcurrency < 0)
    throw new Error('provisionedConcurrency must be a whole number from 0');
  const domain = textOf(node, 'domain');
  const host = domain ?? `trunkline.${stage}.invalid`;
  return {
    stage,
    domain,
    provisionedConcurrency,
    periodGraceHours: graceOf(Number(textOf(node, 'periodGraceHours') ?? 24)),
    publicUrl: domain === undefined ? (textOf(node, 'publicUrl') ?? `https://${host}`) : `https://${host}`,
    ephemeral: textOf(node, 'ephemeral') === 'true',
    corsOrigins: listOf(node, 'corsOrigins'),
    cdrProducers: listOf(node, 'cdrProducers'),
    sharedCdrParameter: textOf(node, 'sharedCdrParameter') === 'true',
    operatorName: textOf(node, 'operatorName') ?? 'Operator',
    emailFrom: senderIn(node, host),
    alarmEmail: textOf(node, 'alarmEmail'),
    sipEgress: egressOf(textOf(node, 'sipEgress') ?? 'public'),
    hostedZoneId: textOf(node, 'hostedZoneId'),
  };
}
