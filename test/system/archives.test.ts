// Own cloud: kills it.
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { beginArchive, noManifest } from '#archive/archive.ts';
import { putPart } from '#archive/parts.ts';
import { sealArchive } from '#archive/seal.ts';
import { secretVariable } from '#contract/effects.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { archiveSigner } from '#signing/archive-signer.ts';
import { namesFor } from '#infra/names.ts';
import { archivesBucket, verify } from './archives.fixture.ts';
import { connect, startCloud, type Cloud } from './cloud.ts';
import { storeOf } from './people.ts';

const names = namesFor('local');

/** The clients that a function which archives has, with the operator's credentials. */
function archiverOf({ outputs }: Cloud) {
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
async function archive(cloud: Cloud, organization: number): Promise<string> {
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

test('an archive is verified with the published keys, and its locked parts cannot be removed', async () => {
  const cloud = connect();
  const head = await archive(cloud, 990_001);
  const { objects } = archiverOf(cloud);
  for await (const version of objects.versions({ bucket: 'archives', key: 'archive/org_990001/' }))
    expect(await objects.removeVersion({ bucket: 'archives', ...version })).toBe(false);
  expect(await verify(cloud, 990_001, head)).toMatchObject({
    code: 0,
    text: expect.stringContaining('Everything holds.'),
  });
});

test('archives, their locks and the keys that signed them outlast kill -9', async () => {
  const killed = await startCloud();
  const head = await archive(killed, 990_002);
  await killed.kill9();
  const again = await startCloud({ DATA_DIR: killed.dataDir });
  try {
    expect((await verify(again, 990_002, head)).text).toContain('Everything holds.');
    const { objects } = archiverOf(again);
    for await (const version of objects.versions({ bucket: 'archives', key: 'archive/' }))
      expect(await objects.removeVersion({ bucket: 'archives', ...version })).toBe(false);
  } finally {
    await again.stop();
  }
});
