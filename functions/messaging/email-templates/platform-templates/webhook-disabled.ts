import { page, platformTemplate } from './platform-template.ts';

/** Notifies of a webhook that is disabled because its receiver failed for too long. */
export const webhookDisabled = platformTemplate({
  number: 5,
  name: 'webhook_disabled',
  at: '2026-11-22T00:00:00.000Z',
  description: 'A webhook was disabled',
  optional: ['reason', 'url'],
  html: page(
    '<p>The webhook {{webhook}} of organization {{organization}} was disabled.</p>',
    '{{#if url}}<p>Its URL is {{url}}</p>{{/if}}',
    '{{#if reason}}<p>Reason: {{reason}}</p>{{/if}}',
    '<p>Events are not delivered to it until it is enabled again.',
    'Those of the last 7 days can be redelivered then.</p>',
  ),
  text: null,
});
