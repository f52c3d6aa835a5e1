import { page, platformTemplate } from './platform-template.ts';

/** Greets a new user. */
export const welcomeEmail = platformTemplate({
  number: 1,
  name: 'welcome_email',
  at: '2026-11-21T00:00:00.000Z',
  description: 'Greets a new user',
  optional: ['username', 'login_url'],
  html: page(
    '<p>Hello {{name}},</p>',
    '<p>an account was made for you{{#if organization}} at {{organization}}{{/if}}.</p>',
    '{{#if username}}<p>Your user name is <strong>{{username}}</strong>.</p>{{/if}}',
    '{{#if login_url}}<p><a href="{{login_url}}">Log in</a></p>{{/if}}',
  ),
  text: null,
});
