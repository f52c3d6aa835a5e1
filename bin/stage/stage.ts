import { existsSync, readFileSync } from 'node:fs';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Bucket } from '#contract/buckets.ts';
import { namesFor, type RestoredNames } from '#infra/names.ts';
import { CommandError } from '../command-line/command.ts';

/** The first argument of tools that work on a stage or on this machine. */
export const where = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,14}$|\.json$/, 'must be the name of a stage, or the outputs.json of this machine')
  .describe('name of a stage, with your AWS credentials; or the outputs.json of this machine (.local/outputs.json)');

const Outputs = z.object({
  Local: z.object({
    AwsEndpointUrl: z.string(),
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    Region: z.string(),
  }),
});

/** @throws CommandError if the file is not there, or has no local cloud */
function outputsIn(file: string): z.output<typeof Outputs>['Local'] {
  if (!existsSync(file)) throw new CommandError(`${file} does not exist: run \`npm start\` first`);
  try {
    return Outputs.parse(JSON.parse(readFileSync(file, 'utf8'))).Local;
  } catch (cause) {
    throw new CommandError(`${file} is not the outputs.json of a Trunkline on this machine`, { cause });
  }
}

function connection(file: string) {
  const { AwsEndpointUrl, AccessKeyId, SecretAccessKey, Region } = outputsIn(file);
  return {
    endpoint: AwsEndpointUrl,
    region: Region,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
  };
}

/**
 * The names of a stage, and the options of AWS clients that reach it. `TABLE_NAME` and `BUCKET_SUFFIX` name restored
 * data.
 *
 * @param where name of a stage, with the caller's AWS credentials, or the `outputs.json` of this machine
 * @throws CommandError if that file does not name a local cloud
 */
export function stageAt(where: string, restored: RestoredNames = restoredFrom(process.env)) {
  const isLocal = where.endsWith('.json');
  return {
    names: namesFor(isLocal ? 'local' : where, restored),
    options: isLocal ? connection(where) : {},
  };
}

const restoredFrom = (environment: NodeJS.ProcessEnv): RestoredNames => ({
  tableName: environment['TABLE_NAME'],
  bucketSuffix: environment['BUCKET_SUFFIX'],
});

/** The names of the buckets of a stage. They have the account, as the URLs of queues do (infra/names.ts). */
export async function bucketNamesAt(where: string, restored?: RestoredNames): Promise<(bucket: Bucket) => string> {
  const { names, options } = stageAt(where, restored);
  const queues = new SQSClient(options);
  const { QueueUrl = '' } = await queues.send(new GetQueueUrlCommand({ QueueName: names.queue('jobs') }));
  const [account, region] = [new URL(QueueUrl).pathname.split('/').at(-2), await queues.config.region()];
  return (bucket) => `${names.bucket(bucket)}-${account}-${region}`;
}
