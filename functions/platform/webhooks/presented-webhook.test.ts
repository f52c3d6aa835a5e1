import { expect, test } from 'vitest';
import { newDelivery } from '#schema/webhook/delivery.ts';
import { builtInWebhook, type Webhook } from '#schema/webhook/webhook.ts';
import { loggedFields, presentDelivery, presentWebhook, ShownDelivery, ShownWebhook } from './presented-webhook.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const at = now.toISOString();
const secret = { sealed: 'sealed secret', hint: '…9f3a', created_at: at, expires_at: null };
const webhook: Webhook = {
  ...builtInWebhook(1001, at),
  id: 'wh_1',
  url: 'https://example.com/hook',
  sealed_headers: 'sealed headers',
  secrets: [secret, { ...secret, hint: '…old', expires_at: '2026-11-20T11:59:59.000Z' }],
};
const failing = { ...webhook.health, failing_since: at };

test('a webhook is shown and logged without its secrets and headers', () => {
  const shown = presentWebhook(webhook, [], now);
  expect(ShownWebhook.parse(shown)).toEqual(shown);
  expect(JSON.stringify([shown, loggedFields(webhook)])).not.toContain('sealed');
  expect(shown).toMatchObject({
    organization_id: 'org_1001',
    secrets: [{ hint: '…9f3a', created_at: at, expires_at: null }],
  });
});

test.each<[Partial<Webhook>, string]>([
  [{}, 'active'],
  [{ health: failing }, 'failing'],
  [{ enabled: false, health: failing, disabled_reason: 'gone' }, 'disabled'],
])('a webhook with %j is %s', (more, status) => {
  expect(presentWebhook({ ...webhook, ...more }, [], now).status).toBe(status);
});

test('a delivery is shown without what only the platform needs', () => {
  const delivery = newDelivery({ webhookId: 'wh_1', event: { id: 'evt_01', type: 'trunk.created' } }, '', now);
  expect(presentDelivery(delivery)).toEqual({
    id: 'dlv_01',
    event_id: 'evt_01',
    event_type: 'trunk.created',
    attempt: 0,
    status: 'pending',
    response_status: null,
    duration_ms: null,
    error: null,
    response_excerpt: null,
    at,
    next_attempt_at: null,
  });
  expect(ShownDelivery.safeParse(presentDelivery(delivery)).success).toBe(true);
});
