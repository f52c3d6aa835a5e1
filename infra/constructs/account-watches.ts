import { aws_cloudwatch as cloudwatch, Duration } from 'aws-cdk-lib';
import type { Names } from '../names.ts';
import { vaultName } from './backups.ts';
import type { Watch } from './watch.ts';

/** Days before the end of a certificate. AWS Certificate Manager renews its own 60 days before. */
const certificateDays = 45;

/** Shares at which SES reviews an account (Amazon SES Developer Guide, "Sending review process FAQs"). */
const reputation = { 'Reputation.BounceRate': 0.05, 'Reputation.ComplaintRate': 0.001 } as const;

/** A failed backup, of any kind of resource. */
export const backupWatch = (names: Names): Watch => ({
  name: 'backups',
  runbook: 'Failed backup',
  metric: new cloudwatch.Metric({
    namespace: 'AWS/Backup',
    metricName: 'NumberOfBackupJobsFailed',
    statistic: cloudwatch.Stats.SUM,
    period: Duration.hours(1),
    dimensionsMap: { BackupVaultName: vaultName(names) },
  }),
  threshold: 1,
});

/** Certificate Manager reports the days that are left twice a day. */
export const certificateWatch = (certificateArn: string): Watch => ({
  name: 'certificate',
  runbook: 'Expiring certificate',
  metric: new cloudwatch.Metric({
    namespace: 'AWS/CertificateManager',
    metricName: 'DaysToExpiry',
    statistic: cloudwatch.Stats.MINIMUM,
    period: Duration.days(1),
    dimensionsMap: { CertificateArn: certificateArn },
  }),
  threshold: certificateDays,
  below: true,
});

/** The rates of the account that SES judges it by. */
export const reputationWatches: readonly Watch[] = Object.entries(reputation).map(([metricName, threshold]) => ({
  name: metricName === 'Reputation.BounceRate' ? 'email-bounces' : 'email-complaints',
  runbook: 'E-mail reputation',
  metric: new cloudwatch.Metric({
    namespace: 'AWS/SES',
    metricName,
    statistic: cloudwatch.Stats.AVERAGE,
    period: Duration.hours(1),
  }),
  threshold,
}));
