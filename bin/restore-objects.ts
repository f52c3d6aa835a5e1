/**
 * Copies the objects that were current at a time into the buckets of restored data (infra/RUNBOOK.md, "Restore"):
 * `node bin/restore-objects.ts <stage> <time> <bucketSuffix>`, on one machine with its `outputs.json` as the stage.
 * A copy that was stopped is repeated. Ends with code 1 if objects could not be copied.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { versionedBuckets } from '#contract/buckets.ts';
import { copyObjectsOf } from './restore-objects/copies.ts';
import { bucketNamesAt, stageAt } from './stage.ts';

const [where = '', time = '', bucketSuffix = ''] = process.argv.slice(2);
const at = Date.parse(time);
if (where === '' || bucketSuffix === '' || Number.isNaN(at)) {
  console.error('usage: node bin/restore-objects.ts <stage or outputs.json> <time, ISO 8601> <bucketSuffix>');
  process.exit(2);
}

const { options } = stageAt(where);
const client = new S3Client({ ...options, forcePathStyle: 'endpoint' in options });
const [from, to] = [await bucketNamesAt(where), await bucketNamesAt(where, { bucketSuffix })];
for (const bucket of versionedBuckets) {
  const { copied, present, failed } = await copyObjectsOf(client, { from: from(bucket), to: to(bucket), at });
  console.log(`${bucket}: ${copied} objects copied, ${present} were there, ${failed.length} failed.`);
  for (const { key, problem } of failed) console.error(`${bucket}: ${key}: ${problem}`);
  if (failed.length > 0) process.exitCode = 1;
}
