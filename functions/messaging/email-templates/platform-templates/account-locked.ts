import { page, platformTemplate } from './platform-template.ts';

/** Tells a user that too many log-ins failed. No organization may send it: it would be a tool of phishing. */
export const accountLocked = platformTemplate({
  number: 3,
  name: 'account_locked',
  at: '2026-11-21T00:00:00.000Z',
  description: 'Too many log-ins of a user failed',
  html: page(
    '<p>Hello {{username}},</p>',
    '<p>your account is locked until {{until}}, because too many attempts to log in failed.</p>',
    '<p>If it was not you, tell your administrator.</p>',
  ),
  text: null,
});
