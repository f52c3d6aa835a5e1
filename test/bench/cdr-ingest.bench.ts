/**
 * How fast CDRs become rated and stored: through the queue of a running system, and on the store alone, in full
 * transactions and in one each.
 */
import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { addAccount, startIngestion, messageOf } from '#functions/billing/cdr-ingest/ingest.fixture.ts';
import { record } from '#functions/billing/cdr-ingest/filed-cdr.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startOwnStore } from '../support/store.fixture.ts';
import { adminPassword, startCloud, type OwnCloud } from '../system/cloud.ts';
import type { Figure } from './benchmark.ts';

const throughQueue = 6_000;
const onStore = 3_000;
const alone = 300;
const perDelivery = 100;

const callOf = (at: number) =>
  record(`call-${at}`, {
    callee: `+1415555${String(1_000 + (at % 9_000))}`,
    trunk_id: `trunk_${at % 7}`,
    user_id: `usr_${at % 50}`,
    start_time: minutesAgo((at % 600) + 10),
    end_time: minutesAgo(at % 600),
  });
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

/** CDRs per second. */
const rate = (count: number, began: number): number => count / ((performance.now() - began) / 1_000);

async function measureStore(): Promise<Figure[]> {
  const { store, stop } = await startOwnStore();
  try {
    const deliver = async (organization: number, count: number, size: number): Promise<number> => {
      await addAccount(store, organization);
      const { deliver: receive } = startIngestion(store, { clock: () => new Date() });
      const began = performance.now();
      for (let at = 0; at < count; at += size) {
        const messages = Array.from(
          { length: size },
          (_, position) => [`m${at + position}`, messageOf(organization, [callOf(at + position)])] as const,
        );
        const again = await receive(Object.fromEntries(messages));
        if (again.length > 0) throw new Error(`${again.length} messages were not handled`);
      }
      return rate(count, began);
    };
    await deliver(2000, perDelivery, perDelivery);
    const [grouped, single] = [await deliver(2001, onStore, perDelivery), await deliver(2002, alone, 1)];
    return [
      {
        what: 'CDRs rated and stored, grouped into full transactions, on the store alone',
        measured: grouped,
        unit: 'CDRs/s',
        must: { atLeastPerYardstick: 0.025 },
      },
      { what: 'CDRs rated and stored, a transaction each, on the same store', measured: single, unit: 'CDRs/s' },
      { what: 'the first for each of the second', measured: grouped / single, unit: '×', must: { atLeast: 3 } },
    ];
  } finally {
    await stop();
  }
}

async function operatorOf({ api }: OwnCloud) {
  const { body } = await api('/auth/user', { method: 'POST', json: { username: 'admin', password: adminPassword } });
  const { token } = (body as { data: { token: string } }).data;
  return async (method: string, path: string, json?: unknown) => {
    const answer = await api(path, {
      method,
      token,
      headers: { accept: 'application/json' },
      ...(json === undefined ? {} : { json }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path} answers ${answer.status}`);
    return answer.body as { data: Record<string, unknown>; batch: Record<string, number> };
  };
}

/** Ten messages at once, from four producers. */
async function pushAll(
  bodies: readonly string[],
  send: (entries: { Id: string; MessageBody: string }[]) => Promise<unknown>,
): Promise<void> {
  const waiting = Array.from({ length: Math.ceil(bodies.length / 10) }, (_, at) =>
    bodies.slice(at * 10, at * 10 + 10).map((MessageBody, position) => ({ Id: String(position), MessageBody })),
  );
  const producer = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await send(next);
  };
  await Promise.all([producer(), producer(), producer(), producer()]);
}

async function measureQueue(): Promise<Figure[]> {
  const cloud = await startCloud();
  try {
    const { outputs } = cloud;
    const client = new SQSClient({
      endpoint: outputs['AwsEndpointUrl'] ?? '',
      region: outputs['Region'] ?? '',
      credentials: { accessKeyId: outputs['AccessKeyId'] ?? '', secretAccessKey: outputs['SecretAccessKey'] ?? '' },
    });
    const operator = await operatorOf(cloud);
    const { data } = await operator('PUT', '/orgs', { name: `Bench ${randomUUID()}`, country: 'US', timezone: 'UTC' });
    const tariff = await operator('PUT', '/tariffs/new', {
      name: `Bench ${randomUUID()}`,
      currency: 'USD',
      rates: [{ prefix: '1', price_per_minute: 0.015, connect_fee: 0.01, initial_seconds: 60, increment_seconds: 6 }],
    });
    await operator('PUT', `/billingprofile/${String(data['id'])}`, { tariffPlan: tariff.data['id'] });
    const bodies = Array.from({ length: throughQueue }, (_, at) =>
      messageOf(Number(data['org_id']), [callOf(at)], { batch_id: 'bench' }),
    );
    const began = performance.now();
    await pushAll(bodies, (Entries) =>
      client.send(new SendMessageBatchCommand({ QueueUrl: outputs['CdrQueueUrl'], Entries })),
    );
    const sent = rate(throughQueue, began);
    await eventually(
      async () =>
        (await operator('GET', `/cdr?org_id=${String(data['id'])}&batch_id=bench&limit=1`)).batch['rated'] ===
        throughQueue,
      300_000,
    );
    return [
      { what: 'CDRs sent to the queue, ten at once, a message each', measured: sent, unit: 'CDRs/s' },
      {
        what: 'CDRs from the first one sent to the last one rated, one organization',
        measured: rate(throughQueue, began),
        unit: 'CDRs/s',
        must: { atLeastPerYardstick: 0.025 },
      },
    ];
  } finally {
    await cloud.stop();
  }
}

export default async function measure(): Promise<readonly Figure[]> {
  return [...(await measureStore()), ...(await measureQueue())];
}
