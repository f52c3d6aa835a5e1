/**
 * Copies the objects that were current at a time into the buckets of restored data (infra/RUNBOOK.md, "Restore"):
 * `npm run restore-objects -- <stage> <time> <bucketSuffix>`. A copy that was stopped is repeated.
 * Ends with code 1 if objects could not be copied.
 */
import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { versionedBuckets } from '#contract/buckets.ts';
import { copyObjectsOf } from './restore-objects/copies.ts';
import { command, run } from './command-line/command.ts';
import { bucketNamesAt, stageAt, where } from './stage/stage.ts';

export const tool = command({
  name: 'restore-objects',
  purpose: 'Copies the objects that were current at a time into the buckets of restored data. May be repeated.',
  arguments: {
    stage: where,
    time: z.iso
      .datetime({ offset: true, error: 'must be a time in ISO 8601' })
      .describe('such as 2026-11-21T20:00:00Z'),
    bucketSuffix: z
      .string()
      .regex(/^[a-z0-9]{1,12}$/, 'must be the bucketSuffix of the deployment')
      .describe('the setting of that name, with which the stage was deployed'),
  },
});

if (import.meta.main)
  await run(tool, async ({ stage, time, bucketSuffix }) => {
    const { options } = stageAt(stage);
    const client = new S3Client({ ...options, forcePathStyle: 'endpoint' in options });
    const [from, to] = [await bucketNamesAt(stage), await bucketNamesAt(stage, { bucketSuffix })];
    const at = Date.parse(time);
    for (const bucket of versionedBuckets) {
      const { copied, present, failed } = await copyObjectsOf(client, { from: from(bucket), to: to(bucket), at });
      console.log(`${bucket}: ${copied} objects copied, ${present} were there, ${failed.length} failed.`);
      for (const { key, problem } of failed) console.error(`${bucket}: ${key}: ${problem}`);
      if (failed.length > 0) process.exitCode = 1;
    }
  });
