import { expect, test } from 'vitest';
import { builtInWebhook } from '#schema/webhook/webhook.ts';
import { disabledNotice } from './notice.ts';

const now = '2026-11-20T12:00:00.000Z';
const notice = (reason: 'gone' | 'failing') =>
  disabledNotice(
    { ...builtInWebhook(1001, now), id: 'wh_1', url: 'https://example.com/hook', disabled_reason: reason },
    { emailId: 'eml_1', address: 'tech@example.com', now },
  );

test('the notice of a disabled webhook says which one and why; its subject has no text of a tenant', () => {
  expect(notice('gone')).toMatchObject({
    to: ['tech@example.com'],
    subject: 'A webhook was disabled',
    status: 'queued',
    template: 'webhook_disabled',
    text: null,
    variables: {
      webhook: 'wh_1',
      organization: 'org_1001',
      url: 'https://example.com/hook',
      reason: 'its receiver answered 410 (Gone)',
    },
  });
  expect(notice('failing').variables).toMatchObject({ reason: 'no request has succeeded for five days' });
});
