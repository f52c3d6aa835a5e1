import { createHash, randomBytes } from 'node:crypto';
import { GetQueueUrlCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { namesFor } from '#infra/names.ts';
import { adminPassword, logIn, startCloud, type Cloud, type OwnCloud } from './cloud.ts';
import type { Body } from './tenant.fixture.ts';

/** Uploads by the operator of a cloud. */

/** Messages whose consumer was killed come back after three seconds, and as often as it is. */
async function shortenVisibility({ outputs }: Cloud): Promise<void> {
  const {
    AwsEndpointUrl: endpoint = '',
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
  } = outputs;
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } });
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: namesFor('local').queue('uploads') }));
  const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${namesFor('local').deadLetters('uploads')}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1_000 });
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '3', RedrivePolicy } }));
  client.destroy();
}

/** Starts a cloud that fails as AWS does. */
export async function startFaultyCloud(env: NodeJS.ProcessEnv): Promise<{ cloud: OwnCloud; token: string }> {
  // A start ends if its look at `GET /health` meets a fault.
  const cloud = await eventually(() => startCloud(env), 60_000);
  await eventually(() => shortenVisibility(cloud));
  return { cloud, token: await eventually(() => logIn(cloud, 'admin', adminPassword)) };
}

/** A WAV of some length. */
export const wav = (length: number): Buffer =>
  Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1'), randomBytes(length - 16)]);

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export type UploadedFile = Body & {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly upload: { readonly url: string; readonly headers: Record<string, string> };
  readonly download: { readonly url: string };
};

const fileIn = ({ body }: { readonly body: unknown }): UploadedFile => (body as { readonly data: UploadedFile }).data;

/** Requests an upload; a request that fails for now is repeated. */
export const requestUpload = ({ api }: Cloud, token: string, body: { readonly name: string } & Body) =>
  eventually(async () => {
    const headers = { accept: 'application/json', 'idempotency-key': `put ${body.name}` };
    const answer = await api('/files/new', { method: 'PUT', token, headers, json: body });
    expect(answer.status).toBe(201);
    return fileIn(answer);
  }, 30_000);

/** Uploads the bytes. @returns the status */
export const send = async ({ upload: { url, headers } }: UploadedFile, bytes: Uint8Array): Promise<number> =>
  (await fetch(url, { method: 'PUT', headers, body: bytes })).status;

/** The file once it does not wait any more. */
export const settled = ({ api }: Cloud, token: string, id: string) =>
  eventually(async () => {
    const answer = await api(`/files/${id}`, { token, headers: { accept: 'application/json' } });
    expect(answer.status).toBe(200);
    const file = fileIn(answer);
    expect(file.state).not.toBe('pending');
    return file;
  }, 60_000);
