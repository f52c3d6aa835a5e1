import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { namesFor } from '#infra/names.ts';

const Outputs = z.object({
  Local: z.object({
    AwsEndpointUrl: z.string(),
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    Region: z.string(),
  }),
});

function connection(file: string) {
  const { AwsEndpointUrl, AccessKeyId, SecretAccessKey, Region } = Outputs.parse(
    JSON.parse(readFileSync(file, 'utf8')),
  ).Local;
  return {
    endpoint: AwsEndpointUrl,
    region: Region,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
  };
}

/**
 * The names of a stage, and the options of AWS clients that reach it. `TABLE_NAME` names a restored table.
 *
 * @param where name of a stage, with the caller's AWS credentials, or the `outputs.json` of this machine
 */
export function stageAt(where: string) {
  const isLocal = where.endsWith('.json');
  return {
    names: namesFor(isLocal ? 'local' : where, process.env['TABLE_NAME']),
    options: isLocal ? connection(where) : {},
  };
}
