import { listAt, valueAt, type DeclaredTemplate } from '../declared.ts';
import type { Account } from './account.ts';

/** What the deletion of a stage leaves, as it has data or logs, and what then blocks a stage of the same name. */

/** A resource that outlives its stack. */
export type Remaining = { readonly kind: 'bucket' | 'logs' | 'secret' | 'table' | 'vault'; readonly name: string };

/** The property with the name of each type of resource that outlives its stack. */
const kinds: Readonly<Record<string, { readonly kind: Remaining['kind']; readonly property: string }>> = {
  'AWS::Backup::BackupVault': { kind: 'vault', property: 'BackupVaultName' },
  'AWS::Logs::LogGroup': { kind: 'logs', property: 'LogGroupName' },
  'AWS::DynamoDB::Table': { kind: 'table', property: 'TableName' },
  'AWS::S3::Bucket': { kind: 'bucket', property: 'BucketName' },
  'AWS::SecretsManager::Secret': { kind: 'secret', property: 'Name' },
};

/** A name, which may be joined from text, account and region. */
function textOf(name: unknown, known: Readonly<Record<string, string>>): string {
  if (typeof name === 'string') return name;
  return listAt(name, 'Fn::Join', 1)
    .map((part) => (typeof part === 'string' ? part : (known[String(valueAt(part, 'Ref'))] ?? '')))
    .join('');
}

/**
 * What outlives the stacks of these templates. A creation that fails leaves none of it (`RetainExceptOnCreate`).
 *
 * @throws Error if a type of resource outlives its stack that is unknown here
 */
export function remainsOf(
  templates: readonly DeclaredTemplate[],
  { account, region }: { readonly account: string; readonly region: string },
): Remaining[] {
  const known = { 'AWS::AccountId': account, 'AWS::Region': region };
  const remains = templates.flatMap(({ Resources }) =>
    Object.entries(Resources)
      .filter(([, { DeletionPolicy = 'Delete' }]) => DeletionPolicy !== 'Delete')
      .map(([id, { Type, Properties = {} }]) => {
        const found = kinds[Type];
        if (found === undefined) throw new Error(`${id} (${Type}) outlives its stack`);
        return { kind: found.kind, name: textOf(Properties[found.property], known) };
      }),
  );
  const isLog = ({ kind }: Remaining): boolean => kind === 'logs';
  return [...remains.filter((each) => !isLog(each)), ...prefixesOf(remains.filter(isLog))];
}

/** Log groups are many, so those of a folder are one entry: what their names begin with. */
function prefixesOf(groups: readonly Remaining[]): Remaining[] {
  const common = (one: string, other: string): string => {
    let at = 0;
    while (at < one.length && one[at] === other[at]) at += 1;
    return one.slice(0, at);
  };
  return [...Map.groupBy(groups, ({ name }) => name.slice(0, name.lastIndexOf('/')))].map(([, of]) => ({
    kind: 'logs' as const,
    name: of.map(({ name }) => name).reduce(common),
  }));
}

const names: Readonly<Record<Remaining['kind'], string>> = {
  bucket: 'bucket',
  logs: 'log groups whose names begin with',
  secret: 'secret',
  table: 'table',
  vault: 'vault',
};

const removals: Readonly<Record<Remaining['kind'], (name: string) => string>> = {
  table: (name) =>
    `aws dynamodb update-table --no-deletion-protection-enabled --table-name ${name}; ` +
    `aws dynamodb delete-table --table-name ${name}`,
  bucket: (name) => `aws s3 rb --force s3://${name}`,
  vault: (name) => `aws backup delete-backup-vault --backup-vault-name ${name}, once its backups have expired`,
  logs: (prefix) =>
    `aws logs describe-log-groups --log-group-name-prefix ${prefix} --query 'logGroups[].logGroupName' ` +
    '--output text | xargs -n 1 aws logs delete-log-group --log-group-name',
  secret: (name) => `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${name}`,
};

/** What remains of a deleted stage, each with the command that deletes it for ever. */
export async function blockingRemains(remains: readonly Remaining[], account: Account): Promise<string[]> {
  const found = await Promise.all(
    remains.map(async ({ kind, name }) =>
      (await account.has[kind](name)) ? [`the ${names[kind]} ${name} (to delete it: ${removals[kind](name)})`] : [],
    ),
  );
  return found.flat();
}
