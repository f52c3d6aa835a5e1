import { lines, page, platformTemplate } from './platform-template.ts';

/** A notice of a rule of the notifier, or its digest. Its subject has no text of a tenant. */
export const notifierNotice = platformTemplate({
  number: 9,
  name: 'notifier_notice',
  at: '2026-11-23T00:00:00.000Z',
  description: 'A notice of a rule of the notifier, or a digest of those that were held back',
  html: page(
    '<p style="white-space:pre-line">{{text}}</p>',
    '<p style="color:#555">Sent by the rule “{{rule}}” of {{organization.name}} ({{organization.id}}).</p>',
  ),
  text: lines('{{text}}', '', 'Sent by the rule “{{rule}}” of {{organization.name}} ({{organization.id}}).'),
});
