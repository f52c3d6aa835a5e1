import { page, platformTemplate } from './platform-template.ts';

/** Notifies of a new voicemail message. Its subject has no text of a caller. */
export const voicemailNotification = platformTemplate({
  number: 4,
  name: 'voicemail_notification',
  at: '2026-11-21T00:00:00.000Z',
  description: 'A new message is in a mailbox',
  optional: ['caller', 'urgent', 'attached'],
  html: page(
    '<p>Mailbox {{mailbox}} has a new {{#if urgent}}urgent {{/if}}message.</p>',
    '<p>From: {{#if caller}}{{caller}}{{else}}withheld{{/if}}<br>',
    'Time: {{received_at}}<br>',
    'Length: {{duration_seconds}} seconds</p>',
    '{{#if attached}}<p>The recording is attached.</p>{{/if}}',
  ),
  text: null,
});
