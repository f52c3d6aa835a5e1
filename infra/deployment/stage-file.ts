import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { storedAddress } from '#schema/email-address.ts';
import { root } from '../esbuild-options.ts';
import { settingNames, settingsFrom, stageForm } from '../settings.ts';
import { secretIn, secretName } from './secrets-in-settings.ts';

/** The settings of a stage, as a file that is kept: `infra/stages/<stage>.json` (infra/README.md, "Deployment"). */

/** A mistake of the operator: the message names the place, the fault and the remedy. */
export class StageError extends Error {
  override name = 'StageError';
}

const hostName = z
  .string()
  .regex(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'a host name such as api.example.com');
const arn = (service: string) =>
  z.string().regex(new RegExp(`^arn:aws[\\w-]*:${service}:[^,\\s]+$`), `an ARN that begins with arn:aws:${service}:`);
const addressText = 'an address such as duty@example.com';
const address = z
  .string()
  // The pattern is what editors know.
  .regex(/^[^\s@,]{1,64}@[^\s@,]{1,253}$/, { error: addressText, abort: true })
  .refine((given) => storedAddress(given) !== undefined, addressText);
const count = (least: number) => z.int().min(least);
const texts = z.array(z.string().regex(/^[^,\s]+$/, 'a text without comma and space')).min(1);
const limit = count(1).max(999_999_999);

/** The forms of settings in a file. A setting that is not listed here is a text, number, boolean or list of texts. */
const forms: Readonly<Record<string, z.ZodType<Value>>> = {
  alarmEmail: address,
  alarms: z.enum(['all', 'few']),
  backupCopyVault: arn('backup'),
  cdrProducers: z.array(arn('(?:iam|sts)')).min(1),
  cdrsPerSecond: count(1),
  certificateArn: arn('acm'),
  corsOrigins: texts,
  dnsServers: texts,
  domain: hostName,
  emailFrom: address,
  ephemeral: z.boolean(),
  hostedZoneId: z.string().regex(/^[A-Z0-9]{1,32}$/, 'the id of a zone such as Z0123456789ABCDEFGHIJ'),
  indexShards: count(1).max(64),
  logRetentionDays: count(1),
  loginConcurrency: count(0),
  maxRelays: count(2),
  mediaRelay: z.boolean(),
  monthlyBudget: count(1),
  periodGraceHours: z.number().min(0),
  provisionedConcurrency: count(0),
  publicUrl: z.string().regex(/^https?:\/\/[^\s/]+$/, 'an origin such as https://api.example.com'),
  rateLimitScale: z.number().positive(),
  release: z.enum(['at-once', 'canary', 'linear']),
  requestsPerSecond: count(1),
  salesforceHosts: texts,
  sharedCdrParameter: z.boolean(),
  sip: z.enum(['on', 'udp', 'off']),
  sipDomain: hostName,
  sipEgress: z.enum(['public', 'nat']),
  sipTasks: count(1),
  sms: z.enum(['off', 'eum', 'sns']),
  smsDefaultPrice: z.number().min(0),
  smsDeliveryLog: z.boolean(),
  speech: z.enum(['polly', 'none']),
  traces: z.enum(['off', 'xray']),
  trustedProxies: texts,
  warmWrites: count(4_000),
  zones: z.array(z.string().regex(/^[a-z0-9-]+$/, 'a zone such as eu-central-1a')).length(2),
};

type Value = string | number | boolean | string[];
const text = z.string().trim().min(1);
const anyValue: z.ZodType<Value> = z.union([text, z.number(), z.boolean(), texts]);

const formOf = (name: string): z.ZodType<Value> => {
  if (/^rateLimit(?!Scale$)/.test(name)) return limit;
  return forms[name] ?? (textSettings.has(name) ? text : anyValue);
};
const textSettings: ReadonlySet<string> = new Set([
  ...['adminUsername', 'bucketSuffix', 'microsoftLoginUrl', 'operatorCountry', 'operatorName', 'passwordResetUrl'],
  ...['sipClientCertificate', 'smsConfigurationSet', 'tableName'],
]);

const Settings = Object.fromEntries(settingNames().map((name) => [name, formOf(name).optional()]));

/** What a file holds: where the stage is, and its settings, of which each has a default. */
export const StageFile = z.strictObject({
  $schema: z.string().optional(),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'the twelve digits of an account')
    .optional(),
  ...Settings,
});

/** A stage as its file describes it. */
export type Stage = {
  readonly name: string;
  readonly region: string;
  /** The only account that it is deployed to, if the file names one. */
  readonly account: string | undefined;
  /** Its settings as texts, as the context of CDK has them, with the name of the stage. */
  readonly context: Readonly<Record<string, string>>;
};

export const stagesFolder = join(root, 'infra/stages');
/** Where the file of a stage is, from the root of the repository. */
export const stagePath = (name: string): string => `infra/stages/${name}.json`;

/** @throws StageError for a name that cannot be part of a physical name */
export function assertStageName(name: string): void {
  if (!stageForm.test(name) || name === 'schema')
    throw new StageError(
      `the name of a stage is a lower-case letter, then up to 14 letters and digits, not "${name.slice(0, 40)}"`,
    );
}

/** A setting, where it is in a file. */
const placeOf = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** Two names that differ in case, hyphens and underscores only. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, '');

function unknownSetting(name: string): string {
  if (secretName.test(name))
    return (
      `${name}: a stage file holds no secrets, only names and ARNs. The platform makes its own secrets in Secrets ` +
      'Manager; tenants enter theirs over the API'
    );
  if (name === 'stage') return 'stage: the name of the file is the name of the stage';
  const names = Object.keys(StageFile.shape);
  const similar = names.find((each) => plain(each) === plain(name));
  const hint = similar === undefined ? `Settings are ${names.join(', ')}` : `Do you mean ${similar}?`;
  return `${name}: there is no such setting. ${hint}`;
}

const faultsOf = (error: z.ZodError): string[] =>
  error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map(unknownSetting);
    if (issue.code === 'invalid_format') return [`${placeOf(issue.path)} must be ${issue.message}`];
    return [`${placeOf(issue.path)}: ${issue.message}`];
  });

/** What a file sets, with the path of each text. */
const textsIn = (value: unknown, path: readonly string[] = []): [path: string, text: string][] => {
  if (typeof value === 'string') return [[path.join('.'), value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, of]) => textsIn(of, [...path, key]));
};

function parsed(name: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new StageError(`${stagePath(name)} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Reads the content of a stage's file.
 *
 * @throws StageError naming each wrong setting with its path, and what it may be
 */
export function parseStage(name: string, content: string): Stage {
  assertStageName(name);
  const value = parsed(name, content);
  const fail = (faults: readonly string[]): never => {
    throw new StageError([`${stagePath(name)}:`, ...faults].join('\n  '));
  };
  const secrets = textsIn(value).flatMap(([path, of]) => {
    const kind = secretIn(of);
    return kind === undefined ? [] : [`${path} looks like ${kind}: a stage file holds names and ARNs only`];
  });
  if (secrets.length > 0) return fail(secrets);
  const read = StageFile.safeParse(value);
  if (!read.success) return fail(faultsOf(read.error));
  const { $schema, region, account, ...settings } = read.data;
  const context = { stage: name, ...contextFrom(settings) };
  try {
    settingsFrom({ tryGetContext: (key) => valueOf(context, key) });
  } catch (error) {
    return fail([error instanceof Error ? error.message : String(error)]);
  }
  return { name, region, account, context };
}

const valueOf = (context: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(context, key) ? context[key] : undefined;

const contextFrom = (settings: Readonly<Record<string, Value | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, Array.isArray(value) ? value.join(',') : String(value)]],
    ),
  );

/** The file of a stage; undefined if there is none. @throws StageError */
export function readStage(name: string, folder = stagesFolder): Stage | undefined {
  assertStageName(name);
  let content: string;
  try {
    content = readFileSync(join(folder, `${name}.json`), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return parseStage(name, content);
}

/** @throws StageError */
export function stageNamed(name: string, folder?: string): Stage {
  const stage = readStage(name, folder);
  if (stage === undefined)
    throw new StageError(`there is no ${stagePath(name)}: npm run new-stage -- --name ${name} writes it`);
  return stage;
}

/**
 * The context of the CDK command line for a stage: that of its file, if it has one.
 *
 * @param given the settings that the command line has
 * @throws StageError if it has some beside a file
 */
export function contextBeside(
  name: string,
  given: Readonly<Record<string, string>>,
  folder?: string,
): Readonly<Record<string, string>> {
  const stage = readStage(name, folder);
  if (stage === undefined) return {};
  assertNoContext(name, Object.keys(given));
  return stage.context;
}

/** @throws StageError for settings (`-c`) beside a file, which the next deployment would not know */
export function assertNoContext(name: string, given: readonly string[]): void {
  if (given.length > 0)
    throw new StageError(
      `-c ${given.join(', ')}: the settings of ${name} are in ${stagePath(name)}, so that the next deployment has ` +
        'them, too. Write it there',
    );
}
