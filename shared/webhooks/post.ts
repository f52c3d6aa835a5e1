import { OutboundFailed, type Outbound } from '../outbound/outbound.ts';
import type { Seals } from '../secrets/seals.ts';
import { second } from '../schema/time.ts';
import { outcomeOfAnswer, outcomeOfFailure, type AttemptOutcome } from '../schema/webhook/delivery.ts';
import { signatureHeaders } from '../schema/webhook/signature.ts';
import { activeSecrets, type Webhook, type WebhookSecret } from '../schema/webhook/webhook.ts';

/** Milliseconds for an attempt. */
const attemptTimeout = 10 * second;
/** Bytes of an answer that are read and stored. */
const maxExcerpt = 1_024;

/** What the sealed values of a webhook belong to. */
const belongsTo = ({ org_id, id }: Pick<Webhook, 'org_id' | 'id'>, field: 'secret' | 'headers') => ({
  organization: org_id,
  id,
  field,
});

type Sealed = Pick<Webhook, 'org_id' | 'id'>;

/** Seals the secret of a webhook. @param hint its end */
export const sealSecret = async (
  { seal }: Pick<Seals, 'seal'>,
  webhook: Sealed,
  { secret, hint, now }: { readonly secret: string; readonly hint: string; readonly now: Date },
): Promise<WebhookSecret> => ({
  sealed: await seal(secret, belongsTo(webhook, 'secret')),
  hint,
  created_at: now.toISOString(),
  expires_at: null,
});

/** Seals the static headers of a webhook; null: it has none. */
export const sealHeaders = async (
  { seal }: Pick<Seals, 'seal'>,
  webhook: Sealed,
  headers: Readonly<Record<string, string>> | undefined,
): Promise<string | null> =>
  headers === undefined || Object.keys(headers).length === 0
    ? null
    : seal(JSON.stringify(headers), belongsTo(webhook, 'headers'));

async function openHeaders({ open }: Seals, webhook: Webhook): Promise<Readonly<Record<string, string>>> {
  if (webhook.sealed_headers === null) return {};
  return JSON.parse(await open(webhook.sealed_headers, belongsTo(webhook, 'headers'))) as Record<string, string>;
}

type Sender = {
  readonly outbound: Pick<Outbound, 'send'>;
  readonly seals: Seals;
  readonly clock: () => Date;
};

type Post = { readonly webhook: Webhook; readonly url: string; readonly eventId: string; readonly body: string };

/** The headers of a request that the secrets of a webhook sign (functions/platform/README.md, "Delivery"). */
export async function signedHeaders(
  seals: Pick<Seals, 'open'>,
  webhook: Webhook,
  { id, body, now }: { readonly id: string; readonly body: string; readonly now: Date },
): Promise<Readonly<Record<string, string>>> {
  const secrets = activeSecrets(webhook, now).map(({ sealed }) => seals.open(sealed, belongsTo(webhook, 'secret')));
  const signed = { id, timestamp: Math.floor(now.getTime() / second), body };
  return {
    'content-type': 'application/json',
    'user-agent': 'Trunkline-Webhooks/1',
    ...signatureHeaders(signed, await Promise.all(secrets)),
  };
}

/**
 * Posts an event to a receiver, signed by the secrets of the webhook (functions/platform/README.md, "Delivery").
 * @returns what came of it; it does not throw for what the receiver does
 */
export async function postEvent(
  { outbound, seals, clock }: Sender,
  { webhook, url, eventId, body }: Post,
): Promise<AttemptOutcome> {
  const headers = {
    ...(await openHeaders(seals, webhook)),
    ...(await signedHeaders(seals, webhook, { id: eventId, body, now: clock() })),
  };
  try {
    const answer = await outbound.send({
      method: 'POST',
      url,
      headers,
      body,
      timeout: attemptTimeout,
      maxBytes: maxExcerpt,
    });
    return outcomeOfAnswer(answer, clock());
  } catch (error) {
    if (error instanceof OutboundFailed) return outcomeOfFailure(error.code, error.duration_ms);
    throw error;
  }
}
