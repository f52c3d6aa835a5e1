/**
 * Proves on an account what every policy of the platform relies on: that DynamoDB gives IAM the leading keys of
 * ConditionCheck, BatchGet and queries of an index, and that the `Null` guard denies calls without any.
 *
 * `npm run prove-leading-keys -- policy <table ARN>` prints a session policy in the form of the functions' own.
 * `npm run prove-leading-keys -- <table name>`, with credentials of a session with that policy (infra/README.md, "Not
 * proven without an AWS account"), sends five reads, which find nothing, and ends with code 1 unless all are as
 * expected.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { command, run, UsageError } from './command-line/command.ts';
import { probePolicy, proveLeadingKeys } from './prove/leading-keys.ts';

export const tool = command({
  name: 'prove-leading-keys',
  purpose:
    'Proves on an account that DynamoDB gives IAM the leading keys of calls. First it prints a session policy. With ' +
    'the credentials of such a session it sends five reads.',
  arguments: {
    table: z.string().describe('name of the table, such as trunkline-prod-table; or `policy`'),
    arn: z.string().startsWith('arn:', 'must be an ARN').optional().describe('with `policy`: the ARN of the table'),
  },
});

if (import.meta.main)
  await run(tool, async ({ table, arn }) => {
    if ((table === 'policy') !== (arn !== undefined)) throw new UsageError('<arn> belongs to `policy`, and only to it');
    if (arn !== undefined) {
      console.log(JSON.stringify(probePolicy(arn)));
      return;
    }
    const results = await proveLeadingKeys(new DynamoDBClient({}), table);
    console.table(results);
    if (results.some(({ expected, was }) => expected !== was)) process.exitCode = 1;
  });
