import { describe, expect, test } from 'vitest';
import {
  assertEnabled,
  assertOpen,
  assertReachable,
  renderWanted,
  senderWarnings,
  verifiedSender,
  wantedSender,
} from './sender.ts';

const none = { from: null, from_name: null };

test('the sender is that of the request, else of the template, else of the organization, else the platform', () => {
  const template = { from: 'template@acme.example', from_name: 'Template' };
  const settings = { default_from: 'default@acme.example', default_from_name: 'Default' };
  expect(wantedSender({ from: 'a@acme.example', from_name: 'A' }, template, settings)).toEqual({
    address: 'a@acme.example',
    name: 'A',
  });
  expect(wantedSender({}, template, settings)).toEqual({ address: 'template@acme.example', name: 'Template' });
  expect(wantedSender({}, none, settings)).toEqual({ address: 'default@acme.example', name: 'Default' });
  expect(wantedSender({}, none, {})).toEqual({ address: null, name: null });
});

describe('a sender', () => {
  const sender = { address: 'a@acme.example', name: 'A' };
  const notVerified = expect.objectContaining({
    code: 'SENDER_NOT_VERIFIED',
    details: [expect.objectContaining({ path: 'from' })],
  });

  test('is in a verified domain of the organization', () => {
    expect(verifiedSender(sender, { domain: 'acme.example' })).toEqual(sender);
    expect(() => verifiedSender(sender, undefined)).toThrow(notVerified);
  });

  test('that is the platform writes only to those who may be written to', () => {
    expect(verifiedSender({ address: null, name: 'A' }, undefined)).toBeNull();
    const allowed = new Set(['ann@example.com']);
    expect(() => assertReachable(['ann@example.com'], allowed)).not.toThrow();
    expect(() => assertReachable(['ann@example.com', 'eve@example.com'], allowed)).toThrow(notVerified);
  });
});

test('an organization sends unless its e-mail is switched off', () => {
  for (const settings of [{}, { enabled: true }]) expect(() => assertEnabled(settings)).not.toThrow();
  expect(() => assertEnabled({ enabled: false })).toThrow(expect.objectContaining({ code: 'EMAIL_DISABLED' }));
});

test('a name for the sender has no effect where the platform is the sender, which the answer says', () => {
  const warning = [expect.stringMatching(/^from_name has no effect/)];
  expect(senderWarnings(null, { from_name: 'Acme' }, none)).toEqual(warning);
  expect(senderWarnings(null, {}, { ...none, from_name: 'Acme' })).toEqual(warning);
  expect(senderWarnings(null, {}, none)).toEqual([]);
  expect(senderWarnings({ address: 'a@acme.example', name: 'Acme' }, { from_name: 'Acme' }, none)).toEqual([]);
});

test('a template of the platform is sent by organizations that it is open to', () => {
  const platform = { name: 'welcome_email', organization_id: null };
  expect(() => assertOpen({ ...platform, organization_id: 1_001 }, {})).not.toThrow();
  expect(() => assertOpen(platform, { platform_templates: ['welcome_email'] })).not.toThrow();
  for (const settings of [{}, { platform_templates: ['balance_low' as const] }])
    expect(() => assertOpen(platform, settings)).toThrow(expect.objectContaining({ code: 'TEMPLATE_NOT_AUTHORIZED' }));
});

const template = { subject: 'Hello {{name}}', html: '<p>{{name}}</p>', text: null, variables: [] };

test('a request may have a subject of its own, with variables', () => {
  const variables = { name: 'Ann' };
  expect(renderWanted(template, { variables }).subject).toBe('Hello Ann');
  expect(renderWanted(template, { variables, subject: 'Dear {{name}}' })).toMatchObject({
    subject: 'Dear Ann',
    html: '<p>Ann</p>',
  });
});

test('a subject that cannot be rendered is an error with its path', () => {
  expect(() => renderWanted(template, { variables: { name: 'Ann' }, subject: '{{{name}}}' })).toThrow(
    expect.objectContaining({ code: 'INVALID_TEMPLATE', details: [expect.objectContaining({ path: 'subject' })] }),
  );
});
