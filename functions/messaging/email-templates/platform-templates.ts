import type { OwnedTemplate, Variable } from '#schema/email-template.ts';
import { notices, type NoticeTemplate } from '#schema/notice-email.ts';

type Spec = Pick<OwnedTemplate, 'html' | 'text'> & {
  readonly name: NoticeTemplate;
  readonly description: string;
  /** Number of the template, which makes its id. It never changes. */
  readonly number: number;
  /** Variables that need not be given, or only in some cases. */
  readonly optional?: readonly string[];
  /** Time of this version, ISO 8601 UTC. */
  readonly at: string;
};

/** A template that belongs to no organization. Its texts change with the version of the platform only. */
export type PlatformTemplate = OwnedTemplate & { readonly organization_id: null };

/** The common frame of the HTML: one column that every mail program shows. */
const page = (...paragraphs: readonly string[]): string => pageIn('en', ...paragraphs);
const pageIn = (language: string, ...paragraphs: readonly string[]): string =>
  [
    '<!DOCTYPE html>',
    `<html lang="${language}">`,
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>',
    '<body style="margin:0;padding:24px;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5">',
    '<div style="max-width:600px;margin:0 auto">',
    ...paragraphs,
    '</div>',
    '</body>',
    '</html>',
    '',
  ].join('\n');

/** Lines of a text part. */
const lines = (...of: readonly string[]): string => `${of.join('\n')}\n`;

const optionalVariable = (name: string): Variable => ({ name, required: false });

/** @returns the template with its id, `etpl_` and 26 digits as other ids have */
const platformTemplate = ({ number, optional = [], at, ...spec }: Spec): PlatformTemplate => ({
  ...spec,
  ...notices[spec.name],
  id: `etpl_${String(number).padStart(26, '0')}`,
  organization_id: null,
  from: null,
  from_name: null,
  variables: optional.map(optionalVariable),
  created_at: at,
  updated_at: at,
});

/** Greets a new user. */
const welcomeEmail = platformTemplate({
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

/** Lets a user set a new password. No organization may send it: it would be a tool of phishing. */
const passwordReset = platformTemplate({
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

/** Tells a user that too many log-ins failed. No organization may send it: it would be a tool of phishing. */
const accountLocked = platformTemplate({
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

/** Notifies of a new voicemail message. Its subject has no text of a caller. */
const voicemailNotification = platformTemplate({
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

/** Notifies of a webhook that is disabled because its receiver failed for too long. */
const webhookDisabled = platformTemplate({
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

/** Notifies of a balance that is almost used up. */
const balanceLow = platformTemplate({
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

const row = (label: string, value: string): string =>
  `<tr><td style="padding:2px 16px 2px 0;color:#555">${label}</td><td style="padding:2px 0">${value}</td></tr>`;

/** Notifies of a call that a dial-plan policy decided. Its subject has no text of a tenant or a caller. */
const policyCallLog = platformTemplate({
  number: 7,
  name: 'policy_call_log',
  at: '2026-11-21T00:00:00.000Z',
  description: 'The first call of each minute that a dial-plan policy decides',
  optional: ['caller', 'user', 'gateways'],
  html: page(
    '<p>A call was <strong>{{outcome}}</strong> by a dial-plan policy that notifies this address.</p>',
    '<table role="presentation">',
    row('Organization', '{{organization.name}} ({{organization.id}})'),
    row('Policy', '{{policy.name}} ({{policy.id}}, version {{policy.version}})'),
    row('Called', '{{called}}'),
    row('Caller', '{{#if caller}}{{caller}}{{else}}withheld{{/if}}'),
    `{{#if user}}${row('User', '{{user}}')}{{/if}}`,
    row('Time', '{{time}}'),
    row('Decision', '{{outcome}} ({{reason}})'),
    `{{#if gateways}}${row('Gateways', '{{gateways}}')}{{/if}}`,
    '</table>',
    '<p>You receive this e-mail for the first call that the policy decides in each minute.</p>',
  ),
  text: lines(
    'A call was {{outcome}} by a dial-plan policy that notifies this address.',
    '',
    'Organization: {{organization.name}} ({{organization.id}})',
    'Policy:       {{policy.name}} ({{policy.id}}, version {{policy.version}})',
    'Called:       {{called}}',
    'Caller:       {{#if caller}}{{caller}}{{else}}withheld{{/if}}',
    '{{#if user}}',
    'User:         {{user}}',
    '{{/if}}',
    'Time:         {{time}}',
    'Decision:     {{outcome}} ({{reason}})',
    '{{#if gateways}}',
    'Gateways:     {{gateways}}',
    '{{/if}}',
    '',
    'You receive this e-mail for the first call that the policy decides in each minute.',
  ),
});

/** Asks an address whether it wants notices. It has no text of a tenant, as it goes to strangers. */
const addressConfirmation = platformTemplate({
  number: 8,
  name: 'address_confirmation',
  at: '2026-11-21T00:00:00.000Z',
  description: 'Asks an address whether it wants notices',
  html: page(
    '<p>The organization {{organization}} of a telephony platform wants to send notices about its calls',
    'to this address.</p>',
    '<p>If you agree, open this link within {{days}} days and press its button: <a href="{{link}}">{{link}}</a></p>',
    '<p>If you do not, do nothing: you get no notices, and no further e-mail about this.</p>',
  ),
  text: lines(
    'The organization {{organization}} of a telephony platform wants to send notices about its',
    'calls to this address.',
    '',
    'If you agree, open this link within {{days}} days and press its button:',
    '',
    '{{link}}',
    '',
    'If you do not, do nothing: you get no notices, and no further e-mail about this.',
  ),
});

/** A notice of a rule of the notifier, or its digest. Its subject has no text of a tenant. */
const notifierNotice = platformTemplate({
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

/** Lets a new user set its first password. It has no text of a tenant but the name, as it goes to strangers. */
const userInvitation = platformTemplate({
  number: 10,
  name: 'user_invitation',
  at: '2026-11-27T00:00:00.000Z',
  description: 'Lets a new user set the first password, in English',
  html: page(
    '<p>Hello,</p>',
    '<p>{{organization}} made an account for you on its telephone system.</p>',
    '<p>To set your password, open this link within {{days}} days: <a href="{{link}}">{{link}}</a></p>',
    '<p>If you do not expect this, do nothing: without a password no one can use the account.</p>',
  ),
  text: null,
});

const userInvitationGerman = platformTemplate({
  number: 11,
  name: 'user_invitation_de',
  at: '2026-11-27T00:00:00.000Z',
  description: 'Lets a new user set the first password, in German',
  html: pageIn(
    'de',
    '<p>Guten Tag,</p>',
    '<p>{{organization}} hat für Sie ein Konto in seinem Telefonsystem angelegt.</p>',
    '<p>Um Ihr Passwort festzulegen, öffnen Sie innerhalb von {{days}} Tagen diesen Link:',
    '<a href="{{link}}">{{link}}</a></p>',
    '<p>Wenn Sie das nicht erwarten, brauchen Sie nichts zu tun: ohne Passwort kann niemand das Konto benutzen.</p>',
  ),
  text: null,
});

/** Templates of the platform by number (functions/messaging/email-templates/README.md, "Templates of the platform"). */
export const platformTemplates: readonly PlatformTemplate[] = [
  welcomeEmail,
  passwordReset,
  accountLocked,
  voicemailNotification,
  webhookDisabled,
  balanceLow,
  policyCallLog,
  addressConfirmation,
  notifierNotice,
  userInvitation,
  userInvitationGerman,
];

/** @param idOrName id or name */
export const platformTemplateOf = (idOrName: string): PlatformTemplate | undefined =>
  platformTemplates.find(({ id, name }) => id === idOrName || name === idOrName);
