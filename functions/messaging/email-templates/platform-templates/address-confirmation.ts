import { lines, page, platformTemplate } from './platform-template.ts';

/** Asks an address whether it wants notices. It has no text of a tenant, as it goes to strangers. */
export const addressConfirmation = platformTemplate({
  number: 8,
  name: 'address_confirmation',
  at: '2026-11-21T00:00:00.000Z',
  description: 'Asks an address whether it wants notices',
  html: page(
    '<p>The organization {{organization}} of a telephony platform wants to send notices about its calls',
    'to this address.</p>',
    '<p>If you agree, open this link within {{days}} days: <a href="{{link}}">{{link}}</a></p>',
    '<p>If you do not, do nothing: you get no notices, and no further e-mail about this.</p>',
  ),
  text: lines(
    'The organization {{organization}} of a telephony platform wants to send notices about its',
    'calls to this address.',
    '',
    'If you agree, open this link within {{days}} days:',
    '',
    '{{link}}',
    '',
    'If you do not, do nothing: you get no notices, and no further e-mail about this.',
  ),
});
