import { defaultWebhook, type Webhook } from './webhook.ts';

/** Who wants an event (functions/platform/README.md, "Webhooks"). */

type SubscribedEvent = {
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
  /** Set if a client filed the event. */
  readonly filed?: { readonly as: 'event' | 'entry' };
  /** A filed event that goes to webhooks too. */
  readonly notify?: boolean;
  readonly callback_url?: string;
  /** False: webhooks do not get it. */
  readonly published?: false;
};

/** A webhook that gets an event. */
type Subscriber = { readonly kind: 'webhook'; readonly id: string; readonly isQuick: boolean };

/** Whether an event is one of the platform, or one that a client filed and wants to be sent. */
export const isAnnounced = ({ filed, notify }: Pick<SubscribedEvent, 'filed' | 'notify'>): boolean =>
  filed === undefined || (filed.as === 'event' && notify === true);

/** Whether a selector selects an event: a type, `area.*`, `*` for all, or `custom` for those that clients filed. */
export const selects = (selector: string, { type, filed }: Pick<SubscribedEvent, 'type' | 'filed'>): boolean => {
  if (selector === '*') return true;
  if (filed !== undefined) return selector === 'custom';
  return selector.endsWith('.*') ? type.startsWith(selector.slice(0, -1)) : type === selector;
};

/** Whether an event comes after a webhook was created. The time of a filed event is the client's own. */
const isLater = ({ at, filed }: SubscribedEvent, { created_at: created }: Webhook): boolean =>
  filed !== undefined || at >= created;

/** Whether a webhook wants an event. */
const wants = (webhook: Webhook, event: SubscribedEvent): boolean =>
  webhook.url !== null &&
  webhook.enabled &&
  isAnnounced(event) &&
  event.published !== false &&
  isLater(event, webhook) &&
  webhook.events.some((selector) => selects(selector, event));

/** The subscribers of an event: the webhooks that want it, and the webhook `default` for its callback. */
export const subscribersTo = (event: SubscribedEvent, webhooks: readonly Webhook[]): Subscriber[] => [
  ...webhooks
    .filter((webhook) => wants(webhook, event))
    .map(({ id, pace }) => ({ kind: 'webhook' as const, id, isQuick: pace.quick })),
  ...(event.callback_url === undefined ? [] : [{ kind: 'webhook' as const, id: defaultWebhook, isQuick: false }]),
];
