import { randomWebhookSecret } from '../credentials/random.ts';
import { webhookRow } from '../dynamodb/rows/webhook.ts';
import type { Table } from '../dynamodb/table.ts';
import { create, type Write } from '../dynamodb/write.ts';
import { hintOf } from '../schema/webhook/signature.ts';
import { builtInWebhook, defaultWebhook, type Webhook } from '../schema/webhook/webhook.ts';
import type { Seals } from '../secrets/seals.ts';
import { sealSecret } from './post.ts';

type Context = {
  readonly tableOf: (organization: number) => Pick<Table<'webhook'>, 'get'>;
  readonly transact: (organization: number, decide: () => Promise<Write<'webhook'>[]>) => Promise<unknown>;
  readonly seals: Pick<Seals, 'seal'>;
  readonly clock: () => Date;
};

/** The webhook `default` of an organization, whose secrets sign what has no webhook. The first use makes it. */
export async function defaultWebhookOf(
  organization: number,
  { tableOf, transact, seals, clock }: Context,
): Promise<Webhook | undefined> {
  const read = () => tableOf(organization).get(webhookRow, { id: defaultWebhook });
  const stored = await read();
  if (stored !== undefined) return stored;
  const now = clock();
  const webhook = builtInWebhook(organization, now.toISOString());
  const secret = randomWebhookSecret();
  const sealed = await sealSecret(seals, webhook, { secret, hint: hintOf(secret), now });
  await transact(organization, async () =>
    (await read()) === undefined ? [create(webhookRow, { ...webhook, secrets: [sealed], version: 1 })] : [],
  );
  return read();
}
