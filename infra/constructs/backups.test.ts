import { versionedBuckets } from '#contract/buckets.ts';
import { afterAll, expect, test } from 'vitest';
import { ofType, propertiesOf, synthesizer } from '#test/infra/templates.fixture.ts';
import { backupDays } from './backups.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const vault = 'arn:aws:backup:eu-west-1:123456789012:backup-vault:trunkline';
const rulesOf = (context: Readonly<Record<string, string>>): unknown =>
  (propertiesOf(synthesize(context), 'AWS::Backup::BackupPlan')[0]?.['BackupPlan'] as { BackupPlanRule: unknown })
    .BackupPlanRule;

test('the table and the buckets with versions are backed up each day, and nothing else', () => {
  const templates = synthesize();
  expect(rulesOf({})).toMatchObject([
    { ScheduleExpression: 'cron(0 3 * * ? *)', Lifecycle: { DeleteAfterDays: backupDays } },
  ]);
  const [selection] = propertiesOf(templates, 'AWS::Backup::BackupSelection');
  const { Resources: resources } = selection?.['BackupSelection'] as { readonly Resources: readonly unknown[] };
  expect(resources.map((each) => JSON.stringify(each))).toEqual([
    expect.stringContaining(':table/trunkline-test-table'),
    ...versionedBuckets.map((name): unknown => expect.stringContaining(`:s3:::trunkline-test-${name}-`)),
  ]);
  const versioned = propertiesOf(templates, 'AWS::S3::Bucket').filter((each) => 'VersioningConfiguration' in each);
  expect(versioned).toHaveLength(versionedBuckets.length);
});

test('a restored table is backed up under its own name', () => {
  const selections = propertiesOf(synthesize({ tableName: 'restored' }), 'AWS::Backup::BackupSelection');
  expect(JSON.stringify(selections)).toContain(':table/restored');
});

test('backups are copied to the vault of another region, for as long', () => {
  expect(rulesOf({ backupCopyVault: vault })).toMatchObject([
    { CopyActions: [{ DestinationBackupVaultArn: vault, Lifecycle: { DeleteAfterDays: backupDays } }] },
  ]);
  expect(JSON.stringify(rulesOf({}))).not.toContain('CopyActions');
  expect(() => synthesize({ backupCopyVault: 'trunkline' })).toThrow('backupCopyVault must be the ARN of a vault');
});

test('the vault outlives its stack, and a stage that is deleted with its data has none', () => {
  expect(ofType(synthesize().get('operations')!, 'AWS::Backup::BackupVault')).toMatchObject([
    [expect.any(String), { DeletionPolicy: 'RetainExceptOnCreate' }],
  ]);
  expect(propertiesOf(synthesize({ ephemeral: 'true' }), 'AWS::Backup::BackupVault')).toEqual([]);
});
