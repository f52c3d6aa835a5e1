import type { Node } from 'constructs';

/** What an operator sets by CDK context (`-c stage=prod`); infra/README.md, "Deployment". */
export type Settings = {
  /** Part of every physical name. */
  readonly stage: string;
  /** Custom domain of the API; also the tokens' issuer. */
  readonly domain: string | undefined;
  /** The tokens' issuer where there is no domain. */
  readonly publicUrl: string;
  /** Environments of the evaluator that are kept warm. */
  readonly provisionedConcurrency: number;
  /** An ephemeral stage leaves nothing behind when it is destroyed. */
  readonly ephemeral: boolean;
  /** Origins that get CORS answers. */
  readonly corsOrigins: readonly string[];
  /** IAM principals (ARNs) that may send to the CDR queue. */
  readonly cdrProducers: readonly string[];
  readonly operatorName: string;
  /** The address from which the platform sends e-mail; SES must have verified it or its domain. */
  readonly emailFrom: string;
  /** Who is told of alarms; nobody is, where it is not set. */
  readonly alarmEmail: string | undefined;
  /**
   * From where the sidecar sends: its tasks' own addresses, or NAT gateways whose addresses stay (for carriers with
   * allow-lists).
   */
  readonly sipEgress: 'public' | 'nat';
  /** Hours for which a period takes calls after its end. */
  readonly periodGraceHours: number;
  /** Of Route 53: where the SRV records of the domain are made. */
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

/** A period is closed before the next one ends, which has 28 days at least. */
const maxGraceHours = 27 * 24;

function graceOf(hours: number): number {
  if (!(hours >= 0 && hours <= maxGraceHours))
    throw new Error(`periodGraceHours must be a number from 0 to ${maxGraceHours}`);
  return hours;
}

/** One address and nothing else: it stands in headers and in a condition of IAM. */
const addressForm = /^[A-Za-z0-9.!#$%&'+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$/;

function senderIn(node: Node, host: string): string {
  const address = textOf(node, 'emailFrom') ?? `no-reply@${host}`;
  if (!addressForm.test(address))
    throw new Error(`emailFrom must be an address such as no-reply@example.com, not ${address}`);
  return address;
}

/** @throws Error for a stage that cannot be part of a name, or an impossible number. */
export function settingsFrom(node: Node): Settings {
  const stage = textOf(node, 'stage') ?? 'dev';
  if (!stageForm.test(stage)) throw new Error(`stage must match ${stageForm.source}, not ${stage}`);
  const provisionedConcurrency = Number(textOf(node, 'provisionedConcurrency') ?? 1);
  if (!Number.isInteger(provisionedConcurrency) || provisionedConcurrency < 1)
    throw new Error('provisionedConcurrency must be a whole number from 1');
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
    operatorName: textOf(node, 'operatorName') ?? 'Operator',
    emailFrom: senderIn(node, host),
    alarmEmail: textOf(node, 'alarmEmail'),
    sipEgress: egressOf(textOf(node, 'sipEgress') ?? 'public'),
    hostedZoneId: textOf(node, 'hostedZoneId'),
  };
}
