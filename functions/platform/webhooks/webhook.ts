import { AppError, invalid, missingField } from '#errors.ts';
import { hour } from '#schema/time.ts';
import { resetHealth, newHealth } from '#schema/webhook/health.ts';
import { unknownPace } from '#schema/webhook/pace.ts';
import { activeSecrets, defaultWebhook, type Webhook, type WebhookSecret } from '#schema/webhook/webhook.ts';
import type { NewWebhook } from './contract.ts';
import { webhookErrors } from './errors.ts';

/** What clients do with webhooks (functions/platform/README.md, "Webhooks"). */

/** What a save stores for the body's values that it does not store as they came. */
type Stored = {
  readonly sealedHeaders: string | null;
  /** A new secret, if one is made. */
  readonly secret: WebhookSecret | undefined;
  readonly now: Date;
};

/** The required fields of a webhook with a URL. @throws AppError MISSING_FIELD, VALIDATION_FAILED */
export function requiredFields({ url, events }: NewWebhook): { readonly url: string; readonly events: string[] } {
  if (events?.length === 0) throw invalid('events', 'must have at least one element');
  if (url !== undefined && events !== undefined) return { url, events: [...new Set(events)] };
  const [first = 'url', ...others] = [
    ...(url === undefined ? ['url'] : []),
    ...(events === undefined ? ['events'] : []),
  ];
  throw missingField(first, ...others);
}

/** @throws AppError VALIDATION_FAILED */
export function assertCreatable({ rotate_secret: rotates }: NewWebhook): void {
  if (rotates === true) throw invalid('rotate_secret', 'must be absent: a new webhook has a new secret');
}

/** Values of the built-in webhook that a client may send back. */
const builtInValues: Readonly<Partial<Record<keyof NewWebhook, (value: unknown) => boolean>>> = {
  url: () => false,
  events: (events) => Array.isArray(events) && events.length === 0,
  description: () => false,
  enabled: (enabled) => enabled === true,
  headers: () => false,
};

/** The built-in webhook allows nothing but a rotation. @throws AppError VALIDATION_FAILED */
export function assertRotation(body: NewWebhook): void {
  for (const [field, value] of Object.entries(body))
    if (value !== undefined && builtInValues[field as keyof NewWebhook]?.(value) === false)
      throw invalid(field, 'must be absent: only the secret of the webhook default can change');
  if (body.rotate_secret !== true)
    throw invalid('rotate_secret', 'must be true: only the secret of the webhook default can change');
}

const enabledFields = (isEnabled: boolean) => ({
  enabled: isEnabled,
  disabled_reason: isEnabled ? null : ('requested' as const),
});

type Identity = { readonly id: string; readonly organization: number };

/** A webhook as first stored. */
export function newWebhook(body: NewWebhook, { id, organization }: Identity, stored: Stored): Webhook {
  const { secret, sealedHeaders, now } = stored;
  return {
    id,
    org_id: organization,
    ...requiredFields(body),
    description: body.description ?? null,
    ...enabledFields(body.enabled ?? true),
    sealed_headers: sealedHeaders,
    secrets: secret === undefined ? [] : [secret],
    health: newHealth,
    pace: unknownPace,
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
    version: 1,
  };
}

/** Hours. */
const defaultOverlap = 24;

/**
 * The secrets with a new one in front; the former one signs as well for the overlap (hours).
 * @throws AppError ROTATION_IN_PROGRESS while two secrets sign
 */
export function rotateSecrets(
  webhook: Pick<Webhook, 'secrets'>,
  secret: WebhookSecret,
  overlap: number | undefined,
  now: Date,
): WebhookSecret[] {
  const [current, previous] = activeSecrets(webhook, now);
  if (previous !== undefined)
    throw new AppError(
      'ROTATION_IN_PROGRESS',
      `The previous secret signs until ${previous.expires_at ?? 'it is rotated'}; rotate again after that time`,
    );
  const ends = new Date(now.getTime() + (overlap ?? defaultOverlap) * hour);
  const isKept = current !== undefined && ends.getTime() > now.getTime();
  return [secret, ...(isKept ? [{ ...current, expires_at: ends.toISOString() }] : [])];
}

/**
 * The webhook after a PUT of its id: absent fields return to their defaults, except headers and secrets.
 * @throws AppError MISSING_FIELD, ROTATION_IN_PROGRESS
 */
export function replaceWebhook(before: Webhook, body: NewWebhook, { secret, sealedHeaders, now }: Stored): Webhook {
  const isEnabled = body.enabled ?? true;
  const { url, events } = requiredFields(body);
  return {
    ...before,
    url,
    events,
    description: body.description ?? null,
    ...enabledFields(isEnabled),
    sealed_headers: body.headers === undefined ? before.sealed_headers : sealedHeaders,
    secrets: secret === undefined ? activeSecrets(before, now) : rotateSecrets(before, secret, body.overlap_hours, now),
    health: isEnabled && !before.enabled ? resetHealth(before.health) : before.health,
    pace: url === before.url ? before.pace : unknownPace,
    updated_at: now.toISOString(),
    version: before.version + 1,
  };
}

/** The webhook `default` with a new secret. @throws AppError ROTATION_IN_PROGRESS */
export const rotateDefault = (
  before: Webhook,
  secret: WebhookSecret,
  overlap: number | undefined,
  now: Date,
): Webhook => ({
  ...before,
  secrets: rotateSecrets(before, secret, overlap, now),
  updated_at: now.toISOString(),
  version: before.version + 1,
});

/** @throws AppError DEFAULT_WEBHOOK */
export function assertNotBuiltIn(id: string, action: string): void {
  if (id === defaultWebhook)
    throw new AppError(webhookErrors.DEFAULT_WEBHOOK, `The webhook default has no URL and cannot be ${action}`);
}
