import { page, platformTemplate } from './platform-template.ts';

/** Lets a user set a new password. No organization may send it: it would be a tool of phishing. */
export const passwordReset = platformTemplate({
  number: 2,
  name: 'password_reset',
  at: '2026-11-22T00:00:00.000Z',
  description: 'Lets a user set a new password',
  optional: ['link', 'token'],
  html: page(
    '<p>Hello {{username}},</p>',
    '<p>someone asked for a new password for your account.</p>',
    '{{#if link}}<p>To set one, open this link within {{minutes}} minutes: <a href="{{link}}">{{link}}</a></p>{{/if}}',
    '{{#if token}}<p>To set one, use this token within {{minutes}} minutes: {{token}}</p>{{/if}}',
    '<p>If it was not you, do nothing: your password stays as it is.</p>',
  ),
  text: null,
});
