/** Accepted bodies by operation id: the OpenAPI document shows them, and the proofs start from them. */
export const examples = {
  saveWebhook: {
    url: 'https://example.com/hooks/trunkline',
    events: ['trunk.*', 'gateway.down', 'sms.delivered'],
    description: 'Operations',
    headers: { 'X-Environment': 'production' },
  },
  testWebhook: { type: 'webhook.test' },
  redeliverWebhook: { since: '2026-01-31T00:00:00Z', until: '2026-01-31T12:00:00Z', status: 'failed' },
};
