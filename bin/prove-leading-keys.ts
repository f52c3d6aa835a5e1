/**
 * Proves on an account what every policy of the platform relies on: that DynamoDB gives IAM the leading keys of
 * ConditionCheck, BatchGet and queries of an index, and that the `Null` guard denies calls without any.
 *
 * `node bin/prove-leading-keys.ts policy <table ARN>` prints a session policy in the form of the functions' own.
 * `node bin/prove-leading-keys.ts <table name>`, with credentials of a session with that policy (infra/README.md, "Not
 * proven without an AWS account"), sends five reads, which find nothing, and ends with code 1 unless all are as
 * expected.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { probePolicy, proveLeadingKeys } from './prove/leading-keys.ts';

const [first, arn] = process.argv.slice(2);
if (first === undefined || (first === 'policy' && arn === undefined)) {
  console.error('Name the table, or `policy` and the ARN of the table.');
  process.exit(1);
}
if (first === 'policy') console.log(JSON.stringify(probePolicy(arn ?? '')));
else {
  const results = await proveLeadingKeys(new DynamoDBClient({}), first);
  console.table(results);
  if (results.some(({ expected, was }) => expected !== was)) process.exitCode = 1;
}
