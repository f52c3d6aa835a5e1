import { execFile } from 'node:child_process';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beginArchive, noManifest } from '#archive/archive.ts';
import { putPart } from '#archive/parts.ts';
import { sealArchive } from '#archive/seal.ts';
import { secretVariable } from '#contract/effects.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { archiveSigner } from '#signing/archive-signer.ts';
import { namesFor } from '#infra/names.ts';
import type { Cloud } from './cloud.ts';
import { storeOf } from './people.ts';

const names = namesFor('local');

/** The bucket of a local cloud's archives. */
export const archivesBucket = `${names.bucket('archives')}-000000000000-us-east-1`;

/** The clients that a function which archives has, with the operator's credentials. */
export function archiverOf({ outputs }: Cloud) {
  const { AwsEndpointUrl: endpoint = '', AccessKeyId = '', SecretAccessKey = '', Region: region = '' } = outputs;
  const options = { endpoint, region, credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } };
  const secret = { [secretVariable('archive-keys')]: names.secret('archive-keys') };
  return {
    objects: objectsFromEnvironment(
      { BUCKET_ARCHIVES: archivesBucket },
      new S3Client({ ...options, forcePathStyle: true }),
    ),
    signer: archiveSigner(storeOf(outputs), secretsFromEnvironment(secret, new SecretsManagerClient(options))),
  };
}

/** Archives two records of an organization, locked for an hour. @returns the hash of the manifest */
export async function archive(cloud: Cloud, organization: number): Promise<string> {
  const { objects, signer } = archiverOf(cloud);
  const now = new Date();
  const lock = { mode: 'compliance', until: new Date(now.getTime() + 3_600_000).toISOString() } as const;
  const state = await putPart(
    objects,
    beginArchive({
      ...{ archive_id: 'arch_1', org_id: organization, class: 'sms', policy_id: null },
      created_at: now.toISOString(),
    }),
    ['{"n":1}', '{"n":2}'],
    { range: { start: now.toISOString(), end: now.toISOString() }, storage: { lock, storageClass: 'DEEP_ARCHIVE' } },
  );
  return (await sealArchive(objects, state, noManifest, { signer, lock, now })).sha256;
}

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
