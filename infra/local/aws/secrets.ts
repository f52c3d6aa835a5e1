import { randomInt, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, json, textIn, type AwsAnswer, type AwsService, type Parameters } from './aws-call.ts';
import { writeDurably } from '../data-dir.ts';
import { LocalCloudError, type CloudResource } from '../templates/resource.ts';

type Version = {
  readonly id: string;
  readonly value: string;
  readonly stages: readonly string[];
  /** Seconds since 1970. */
  readonly created: number;
};

/** Newest version last. */
type Secret = { readonly name: string; readonly arn: string; readonly versions: readonly Version[] };

export type SecretStoreOptions = {
  readonly resources: readonly CloudResource[];
  readonly dataDir: string;
  /** Takes the place of a generated `password` when its secret is first made. */
  readonly adminPassword?: string;
  announce(line: string): void;
};

/** Versions without a stage that are kept, so that their tokens stay known (AWS keeps 100). */
const keptVersions = 100;

/**
 * Secrets Manager over one file of mode 0600: GetSecretValue and PutSecretValue.
 * A secret of the templates that is not there yet is made as its GenerateSecretString says;
 * a generated password is announced that once.
 */
export function openSecretStore(options: SecretStoreOptions): AwsService {
  const file = join(options.dataDir, 'secrets.json');
  const secrets = readSecrets(file);
  const keep = (secret: Secret) => {
    const kept = { ...Object.fromEntries(secrets), [secret.name]: secret };
    writeDurably(file, JSON.stringify(kept, null, 2));
    secrets.set(secret.name, secret);
  };
  for (const resource of options.resources.filter(({ type }) => type === 'AWS::SecretsManager::Secret')) {
    if (!secrets.has(resource.name)) keep(newSecret(resource, options));
  }
  return async (call) => {
    const id = textIn(call.parameters, 'SecretId');
    const secret = [...secrets.values()].find(
      ({ name, arn }) => id === name || id === arn || id === arn.slice(0, -'-local0'.length),
    );
    if (secret === undefined)
      return failure(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    if (call.operation === 'GetSecretValue') return getSecretValue(secret, call.parameters);
    if (call.operation === 'PutSecretValue') return putSecretValue(secret, call.parameters, keep);
    return failure(400, 'UnknownOperationException', `The local cloud has no secretsmanager:${call.operation}.`);
  };
}

function readSecrets(file: string): Map<string, Secret> {
  try {
    return new Map(
      existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Secret>) : [],
    );
  } catch (error) {
    throw new LocalCloudError(`The secrets in ${file} cannot be read: ${String(error)}`);
  }
}

function getSecretValue(secret: Secret, parameters: Parameters): AwsAnswer {
  const id = textIn(parameters, 'VersionId');
  const stage = textIn(parameters, 'VersionStage') || (id === '' ? 'AWSCURRENT' : '');
  const version = secret.versions.find(
    (each) => (id === '' || each.id === id) && (stage === '' || each.stages.includes(stage)),
  );
  const asked = stage === '' ? `VersionId: ${id}` : `staging label: ${stage}`;
  if (version === undefined)
    return failure(
      400,
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${asked}`,
    );
  return json(200, {
    ...nameOf(secret),
    VersionId: version.id,
    SecretString: version.value,
    VersionStages: version.stages,
    CreatedDate: version.created,
  });
}

/** The token names the version, so two that put different values under one token cannot both succeed. */
function putSecretValue(secret: Secret, parameters: Parameters, keep: (secret: Secret) => void): AwsAnswer {
  const { ClientRequestToken: token = randomUUID(), SecretString: value } = parameters;
  if (typeof value !== 'string')
    return failure(
      400,
      'InvalidParameterException',
      'You must provide SecretString: the local cloud keeps no SecretBinary.',
    );
  if (typeof token !== 'string' || token.length < 32 || token.length > 64)
    return failure(400, 'InvalidParameterException', 'ClientRequestToken must be 32 to 64 characters long.');
  const same = secret.versions.find(({ id }) => id === token);
  if (same !== undefined && same.value !== value)
    return failure(
      400,
      'ResourceExistsException',
      `A resource with the ID you requested already exists: version ${token} has another value.`,
    );
  const version = same ?? { id: token, value, stages: ['AWSCURRENT'], created: Date.now() / 1000 };
  if (same === undefined) keep({ ...secret, versions: withVersion(secret.versions, version) });
  return json(200, { ...nameOf(secret), VersionId: version.id, VersionStages: version.stages });
}

/** A stage is on one version only: what is added becomes current, what was current previous. */
function withVersion(versions: readonly Version[], added: Version): readonly Version[] {
  const older = versions.map((version) => ({
    ...version,
    stages: version.stages.includes('AWSCURRENT') ? ['AWSPREVIOUS'] : [],
  }));
  const forgotten = older.filter(({ stages }) => stages.length === 0).slice(0, -keptVersions);
  return [...older.filter((version) => !forgotten.includes(version)), added];
}

const nameOf = ({ name, arn }: Secret) => ({ ARN: arn, Name: name });

type GenerateSecretString = {
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
  readonly PasswordLength?: number;
};

function newSecret(resource: CloudResource, options: SecretStoreOptions): Secret {
  const { SecretString: fixed, GenerateSecretString: generate } = resource.properties;
  const value = typeof fixed === 'string' ? fixed : generateSecret(generate ?? {}, options);
  const version = { id: randomUUID(), value, stages: ['AWSCURRENT'], created: Date.now() / 1000 };
  return { name: resource.name, arn: resource.arn, versions: [version] };
}

/**
 * A secret with a generated `password` is a person's log-in: the person may choose it (ADMIN_PASSWORD), or is told it.
 */
function generateSecret(wanted: GenerateSecretString, { adminPassword, announce }: SecretStoreOptions): string {
  const { SecretStringTemplate: template = '{}', GenerateStringKey: key } = wanted;
  if (key === undefined) return generatePassword(wanted);
  const fields = JSON.parse(template) as Parameters;
  if (key !== 'password') return JSON.stringify({ ...fields, [key]: generatePassword(wanted) });
  const password = adminPassword ?? generatePassword(wanted);
  if (adminPassword === undefined)
    announce(`Password of ${textIn(fields, 'username') || 'admin'}, shown this once: ${password}`);
  return JSON.stringify({ ...fields, password });
}

const letters = 'abcdefghijklmnopqrstuvwxyz';
const characters = `${letters}${letters.toUpperCase()}0123456789`;

/** As GetRandomPassword without punctuation: 32 characters unless told otherwise, at least one of each class. */
function generatePassword({ PasswordLength: length = 32 }: GenerateSecretString): string {
  const password = Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
  return [/[a-z]/, /[A-Z]/, /[0-9]/].every((each) => each.test(password))
    ? password
    : generatePassword({ PasswordLength: length });
}
