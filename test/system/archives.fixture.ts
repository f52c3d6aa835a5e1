import { execFile } from 'node:child_process';
import { namesFor } from '#infra/names.ts';
import type { Cloud } from './cloud.ts';

/** The bucket of a local cloud's archives. */
export const archivesBucket = `${namesFor('local').bucket('archives')}-000000000000-us-east-1`;

/** Runs the verifier over the archives of an organization. @param head the last hash of the chain */
export const verify = ({ outputs }: Cloud, organization: number, head?: string) =>
  new Promise<{ readonly code: number; readonly text: string }>((resolve) => {
    const { AwsEndpointUrl = '', AccessKeyId = '', SecretAccessKey = '', Region = '', ApiUrl } = outputs;
    const keys = `${ApiUrl}/.well-known/archive-keys.json`;
    const source = `s3://${archivesBucket}/archive/org_${organization}/`;
    execFile(
      process.execPath,
      [
        ...['bin/verify-archive.ts', source, '--keys', keys, '--endpoint', AwsEndpointUrl],
        ...(head === undefined ? [] : ['--head', head]),
      ],
      {
        env: {
          ...process.env,
          ...{ AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey, AWS_REGION: Region },
        },
      },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
  });
