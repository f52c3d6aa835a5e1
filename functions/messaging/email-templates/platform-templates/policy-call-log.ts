import { lines, page, platformTemplate } from './platform-template.ts';

const row = (label: string, value: string): string =>
  `<tr><td style="padding:2px 16px 2px 0;color:#555">${label}</td><td style="padding:2px 0">${value}</td></tr>`;

/** Notifies of a call that a dial-plan policy decided. Its subject has no text of a tenant or a caller. */
export const policyCallLog = platformTemplate({
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
