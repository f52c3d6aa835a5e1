import { page, platformTemplate } from './platform-template.ts';

/** Lets a user set a new password. No organization may send it: it would be a tool of phishing. */
export const passwordReset = platformTemplate({
  number: 2,
  name: 'password_reset',
  at: '2026-11-21T00:00:00.000Z',
  description: 'Lets a user set a new password',
  html: page(
    '<p>Hello {{username}},</p>',
    '<p>someone asked for a new password for your account.</p>',
    '<p>To set one, open this link within {{minutes}} minutes: <a href="{{link}}">{{link}}</a></p>',
    '<p>If it was not you, do nothing: your password stays as it is.</p>',
  ),
  text: null,
});
