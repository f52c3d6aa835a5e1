import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { CommandError } from '../command-line/command.ts';

/** The local cloud, as its customers reach it: over its API and its queue. */

const Outputs = z.looseObject({
  Local: z.object({
    AwsEndpointUrl: z.url(),
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    Region: z.string(),
  }),
});
const Addresses = z.object({ ApiUrl: z.url().optional(), CdrQueueUrl: z.url().optional() });

/** Why nothing is made. */
export class DemoError extends CommandError {}

const isLoopback = (url: string): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);

export type LocalCloud = { readonly api: string; readonly queue: string; readonly sqs: SQSClient };

/** @throws DemoError unless they are those of a local cloud that only this machine reaches */
export function localCloud(text: string): LocalCloud {
  const outputs = Outputs.safeParse(JSON.parse(text));
  if (!outputs.success) throw new DemoError('These are the outputs of a deployment: the demo is for `npm start` only.');
  const { Local, ...stacks } = outputs.data;
  const found = Object.values(stacks).flatMap((stack) => Addresses.safeParse(stack).data ?? []);
  const api = found.find(({ ApiUrl }) => ApiUrl !== undefined)?.ApiUrl;
  const queue = found.find(({ CdrQueueUrl }) => CdrQueueUrl !== undefined)?.CdrQueueUrl;
  if (api === undefined || queue === undefined) throw new DemoError('The outputs name no API.');
  if (![api, queue, Local.AwsEndpointUrl].every(isLoopback))
    throw new DemoError(`${api} is not on loopback: start the cloud without HOST and PUBLIC_URL for the demo.`);
  const credentials = { accessKeyId: Local.AccessKeyId, secretAccessKey: Local.SecretAccessKey };
  return { api, queue, sqs: new SQSClient({ endpoint: Local.AwsEndpointUrl, region: Local.Region, credentials }) };
}

/** @throws DemoError */
export function readLocalCloud(file: string): LocalCloud {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new DemoError(`${file} cannot be read: run \`npm start\` first, with the same DATA_DIR.`);
  }
  return localCloud(text);
}

export type Answer = { readonly status: number; readonly data: Readonly<Record<string, unknown>> };

/** Sends a request as a user. An answer of 4xx is an error, unless it is 404. */
export type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

/** Requests are repeated when they come too fast, or find something busy. */
const mayPass: ReadonlySet<number> = new Set([429, 503]);

async function send(url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(url, init);
    const isRunning = response.status === 409 && (await response.clone().text()).includes('IDEMPOTENCY_IN_PROGRESS');
    if ((!mayPass.has(response.status) && !isRunning) || attempt > 100) return response;
    await pause(1_000 * Math.min(60, Number(response.headers.get('retry-after') ?? 1)));
  }
}

const Body = z.looseObject({ data: z.unknown().optional() });

export const asking =
  ({ api }: Pick<LocalCloud, 'api'>, token?: string): Ask =>
  async (method, path, body) => {
    const response = await send(`${api}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        // What a busy machine answers with 503 may have been done: a repeated request is answered as the first.
        ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400 && response.status !== 404)
      throw new DemoError(`${method} ${path} is answered ${response.status}: ${text.slice(0, 500)}`);
    const whole = Body.parse(JSON.parse(text || '{}'));
    // Some answers have an envelope.
    const inner = z.looseObject({}).safeParse(whole.data);
    return { status: response.status, data: Array.isArray(whole.data) || !inner.success ? whole : inner.data };
  };

/** Sends bodies to a queue, ten at once. */
export async function sendAll({ sqs, queue }: LocalCloud, bodies: readonly string[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += 10) {
    const Entries = bodies.slice(at, at + 10).map((MessageBody, position) => ({ Id: String(position), MessageBody }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries }));
  }
}
