import {
  aws_backup as backup,
  aws_events as events,
  aws_iam as iam,
  Duration,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { versionedBuckets } from '#contract/buckets.ts';
import { bucketName, tableArn, type Names } from '../names.ts';
import type { Settings } from '../settings.ts';

/**
 * Days for which backups are stored. An erased person is in them for as long (functions/system/erasures/README.md),
 * and each is a whole copy of the table that is paid for.
 */
export const backupDays = 7;

export const vaultName = (names: Names): string => names.function('backups');

/** AWS's own policies for what AWS Backup reads (AWS Backup Developer Guide, "Managed policies"). */
const policies = ['service-role/AWSBackupServiceRolePolicyForBackup', 'AWSBackupServiceRolePolicyForS3Backup'] as const;

/**
 * Daily backups of the table, and of the buckets whose objects have versions, without which AWS Backup copies none.
 * They are copied to a vault of another region if the settings name one. Within its region, the table can be restored
 * to any second without them.
 */
export class Backups extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { names, settings }: { readonly names: Names; readonly settings: Settings },
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    const vault = new backup.BackupVault(this, 'Vault', {
      backupVaultName: vaultName(names),
      // A vault with backups cannot be deleted.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const { backupCopyVault } = settings;
    const deleteAfter = Duration.days(backupDays);
    const plan = new backup.BackupPlan(this, 'Plan', { backupPlanName: names.function('daily'), backupVault: vault });
    plan.addRule(
      new backup.BackupPlanRule({
        ruleName: 'Daily',
        scheduleExpression: events.Schedule.cron({ hour: '3', minute: '0' }),
        deleteAfter,
        ...(backupCopyVault === undefined
          ? {}
          : {
              copyActions: [
                {
                  destinationBackupVault: backup.BackupVault.fromBackupVaultArn(this, 'Copy', backupCopyVault),
                  deleteAfter,
                },
              ],
            }),
      }),
    );
    plan.addSelection('Data', {
      backupSelectionName: 'Data',
      role: this.#role(),
      disableDefaultBackupPolicy: true,
      resources: [
        backup.BackupResource.fromArn(tableArn(stack, names)),
        ...versionedBuckets
          .map((bucket) => bucketName(stack, names.bucket(bucket)))
          .map((resource) => stack.formatArn({ service: 's3', region: '', account: '', resource }))
          .map((arn) => backup.BackupResource.fromArn(arn)),
      ],
    });
  }

  #role(): iam.Role {
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('backup.amazonaws.com'),
      description: 'What AWS Backup reads',
      managedPolicies: policies.map((name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name)),
    });
    for (const name of policies)
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
        reason: 'AWS Backup adds what a new kind of backup needs to its own policies',
      });
    return role;
  }
}
