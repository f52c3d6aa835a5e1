import { newHealth, type Health } from './health.ts';
import { unknownPace, type Pace } from './pace.ts';

/** Webhooks, shared by the resource, the event sealer and the delivery (functions/platform/README.md, "Webhooks"). */

/** The built-in webhook, whose secrets sign callbacks. It has no URL and no events. */
export const defaultWebhook = 'default';

/** Why a webhook is disabled: by a client, by an answer 410, or after five days without a success. */
export const disabledReasons = ['requested', 'gone', 'failing'] as const;

/** A secret, sealed (shared/secrets/seals.ts). */
export type WebhookSecret = {
  readonly sealed: string;
  /** Its end. */
  readonly hint: string;
  readonly created_at: string;
  /** ISO 8601, from which it signs no more; null: never. */
  readonly expires_at: string | null;
};

export type Webhook = {
  readonly id: string;
  readonly org_id: number;
  /** Null for the webhook `default`. */
  readonly url: string | null;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly enabled: boolean;
  readonly disabled_reason: (typeof disabledReasons)[number] | null;
  /** Sealed JSON of the static headers; null: none. */
  readonly sealed_headers: string | null;
  /** Newest first. */
  readonly secrets: readonly WebhookSecret[];
  readonly health: Health;
  readonly pace: Pace;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** The webhook `default` before it has a secret. @param now ISO 8601 */
export const builtInWebhook = (organization: number, now: string): Webhook => ({
  id: defaultWebhook,
  org_id: organization,
  url: null,
  events: [],
  description: null,
  enabled: true,
  disabled_reason: null,
  sealed_headers: null,
  secrets: [],
  health: newHealth,
  pace: unknownPace,
  created_at: now,
  updated_at: now,
  version: 0,
});

/** The secrets that sign at an instant, newest first. */
export const activeSecrets = ({ secrets }: Pick<Webhook, 'secrets'>, now: Date): WebhookSecret[] =>
  secrets.filter(({ expires_at: end }) => end === null || Date.parse(end) > now.getTime());

/** The webhook that the platform disables. */
export const disableWebhook = (before: Webhook, reason: 'gone' | 'failing', now: Date): Webhook => ({
  ...before,
  enabled: false,
  disabled_reason: reason,
  updated_at: now.toISOString(),
  version: before.version + 1,
});
