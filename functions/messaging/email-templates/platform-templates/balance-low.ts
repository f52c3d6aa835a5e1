import { page, platformTemplate } from './platform-template.ts';

/** Notifies of a balance that is almost used up. */
export const balanceLow = platformTemplate({
  number: 6,
  name: 'balance_low',
  at: '2026-11-21T00:00:00.000Z',
  description: 'The balance of an organization is low',
  optional: ['threshold'],
  html: page(
    '<p>The available balance of organization {{organization}} is {{balance}} {{currency}}.</p>',
    '{{#if threshold}}<p>This notice is sent below {{threshold}} {{currency}}.</p>{{/if}}',
    '<p>Without balance, calls and messages that cost money are rejected.</p>',
  ),
  text: null,
});
