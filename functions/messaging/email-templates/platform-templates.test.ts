import { expect, test } from 'vitest';
import { platformTemplateOf, platformTemplates } from './platform-templates.ts';
import { assertTemplate, renderEmail } from './render.ts';
import { templateName } from '#schema/email-template.ts';

test('the ids and names of the platform never change', () => {
  expect(platformTemplates.map(({ id, name }) => `${id.slice(-2)} ${name}`)).toEqual([
    '01 welcome_email',
    '02 password_reset',
    '03 account_locked',
    '04 voicemail_notification',
    '05 webhook_disabled',
    '06 balance_low',
    '07 policy_call_log',
    '08 address_confirmation',
    '09 notifier_notice',
    '10 user_invitation',
    '11 user_invitation_de',
  ]);
});

test('a template of the platform is found by id and by name', () => {
  const template = platformTemplateOf('balance_low');
  expect(platformTemplateOf('etpl_00000000000000000000000006')).toBe(template);
  expect(platformTemplateOf('other')).toBeUndefined();
});

test.each(platformTemplates)('$name is a valid template, whose subject has no text of a tenant', (template) => {
  expect(() => assertTemplate(template)).not.toThrow();
  expect(template.name).toMatch(templateName);
  // `outcome` is one of two words of the platform.
  expect(template.subject.replace('{{outcome}}', '')).not.toContain('{{');
});

test('the notice of a disabled webhook has the facts that there are', () => {
  const template = platformTemplateOf('webhook_disabled');
  if (template === undefined) throw new Error('no template');
  const facts = { webhook: 'wh_1', organization: 'org_1001' };
  const all = { ...facts, url: 'https://example.com/?a=1&b=2', reason: 'its receiver answered 410 (Gone)' };
  const { subject, html, text } = renderEmail(template, all);
  expect(subject).toBe('A webhook was disabled');
  expect(html).toContain('Its URL is https://example.com/?a=1&amp;b=2');
  expect(text).toContain('https://example.com/?a=1&b=2');
  expect(text).toContain('Reason: its receiver answered 410 (Gone)');
  expect(renderEmail(template, facts).text).not.toMatch(/URL|Reason/);
});

test('the notice of a call has the facts that there are', () => {
  const template = platformTemplateOf('policy_call_log');
  if (template === undefined) throw new Error('no template');
  const facts = {
    outcome: 'denied',
    organization: { name: 'Ex & Co', id: 'org_1001' },
    policy: { name: 'No premium', id: 'pol_1', version: 3 },
    called: '+19005550100',
    time: '2026-11-21T12:00:00.000Z',
    reason: 'policy',
  };
  const { subject, text } = renderEmail(template, facts);
  expect(subject).toBe('Call denied by a dial-plan policy');
  expect(text.split('\n').slice(2, 8)).toEqual([
    'Organization: Ex & Co (org_1001)',
    'Policy:       No premium (pol_1, version 3)',
    'Called:       +19005550100',
    'Caller:       withheld',
    'Time:         2026-11-21T12:00:00.000Z',
    'Decision:     denied (policy)',
  ]);
  expect(renderEmail(template, { ...facts, caller: '+15550100', user: 'usr_1', gateways: 'a, b' }).text).toContain(
    'Caller:       +15550100\nUser:         usr_1\nTime:',
  );
});
