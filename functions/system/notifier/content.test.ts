import { describe, expect, test } from 'vitest';
import { ruleOf } from './notifier.fixture.ts';
import { contentOf, digestCounts, digestRecipients, digestText, recipientsOf, valuesOf } from './content.ts';

const at = '2026-11-20T10:00:00.000Z';
const eventOf = (type: string, facts: Readonly<Record<string, unknown>>) => ({ type, at, data: facts });
const textOf = (template: string, facts: Readonly<Record<string, unknown>> = {}, type = 'call.missed'): string =>
  contentOf(ruleOf({ template }), valuesOf(eventOf(type, facts), facts, 'Europe/Berlin'), undefined).text;

describe('the text of a notice', () => {
  test('has the values of the event', () => {
    const facts = { number: { caller: '+14155550100' }, duration_seconds: 42, reason: 'busy' };
    expect(textOf('{{caller_id}} {{time}} {{duration}} {{event}} {{data.reason}}{{data.none}}', facts)).toBe(
      '+14155550100 2026-11-20 11:00 (Europe/Berlin) 42 call.missed busy',
    );
  });

  test.each([
    ['call.missed', { number: { caller: null } }, 'withheld'],
    ['voicemail.new', { caller_number: '+4930123' }, '+4930123'],
    ['sms.received', { from: '+4930124' }, '+4930124'],
    ['door.opened', { caller_id: 'Gate' }, 'Gate'],
    ['trunk.created', { number: 'none', constructor: 1 }, ''],
  ])('names who calls: %s %j', (type, facts, caller) => {
    expect(textOf('[{{caller_id}}]', facts, type)).toBe(`[${caller}]`);
  });

  test('that cannot be written is the name of the rule, so that the notice is not lost', () => {
    expect(textOf('{{data.list}}', { list: [1, 2] })).toBe('Missed calls: call.missed');
    expect(textOf('{{data.none}}')).toBe('Missed calls: call.missed');
  });

  test('has 1,000 characters at most', () => {
    const text = textOf('{{data.long}}', { long: 'x'.repeat(5_000) });
    expect([text.length, text.slice(-4)]).toEqual([1_000, 'x...']);
  });

  test('of an e-mail template is its text, and the e-mail has its HTML', () => {
    const own = { subject: 'Call of {{caller_id}}', html: '<p>{{data.note}}</p>', text: null, variables: [] };
    const values = (note: unknown) => valuesOf(eventOf('call.missed', { note, caller_id: 'Ann' }), { note }, 'UTC');
    expect(contentOf(ruleOf(), values('<b>'), own)).toEqual({
      text: '<b>',
      email: { subject: 'Call of Ann', html: '<p>&lt;b&gt;</p>' },
    });
    // A required variable that the event does not have, and HTML that is too large for an item.
    for (const note of [undefined, '<'.repeat(30_000)])
      expect(contentOf(ruleOf(), values(note), own)).toEqual({ text: 'Missed calls: call.missed' });
  });
});

describe('a notice goes to', () => {
  const contact = { email: 'eve@example.com', mobile: '+4930125' };
  const named = { recipients: ['ann@example.com', '+4930124', '+4930124'] };

  test('those whom its rule names, by its channels', () => {
    const of = (channels: readonly ('sms' | 'email' | 'webhook')[]) => recipientsOf({ channels, ...named }, contact);
    expect(of(['sms'])).toEqual({ sms_to: ['+4930124'], email_to: [] });
    expect(of(['email', 'sms'])).toEqual({ sms_to: ['+4930124'], email_to: ['ann@example.com'] });
    expect(of(['webhook'])).toEqual({ sms_to: [], email_to: [] });
  });

  test('the contact, for a channel for which it names no one', () => {
    const rule = { channels: ['email', 'sms'] as const, recipients: ['ann@example.com'] };
    expect(recipientsOf(rule, contact)).toEqual({ sms_to: ['+4930125'], email_to: ['ann@example.com'] });
    expect(recipientsOf(rule, { email: null, mobile: null })).toEqual({ sms_to: [], email_to: ['ann@example.com'] });
    expect(recipientsOf(rule, undefined)).toEqual({ sms_to: [], email_to: ['ann@example.com'] });
  });
});

describe('a digest', () => {
  const rules = [
    ruleOf({ id: 'rule_1', name: 'Calls' }),
    ruleOf({ id: 'rule_2', name: 'Mail', recipients: ['b@example.com'] }),
  ];
  const counts = { rule_1: 2, rule_2: 5, rule_gone: 1, other: 1 };

  test('says how many notices of which rules there were', () => {
    const held = { until: at, since: at, kept: 0, counted: 9, counts };
    expect(digestText(held, digestCounts(held, rules), 'UTC')).toBe(
      '9 notices were not sent one by one since 2026-11-20 10:00 (UTC): Mail 5, Calls 2, deleted rule 1, other rules 1',
    );
    const one = { ...held, counted: 1, counts: { rule_1: 1 } };
    expect(digestText(one, digestCounts(one, rules), 'UTC')).toMatch(/^1 notice was not/);
  });

  test('goes once to each recipient of its rules, and to bounded numbers of them', () => {
    expect(digestRecipients(rules, undefined)).toEqual({
      channels: ['email'],
      sms_to: [],
      email_to: ['ann@example.com', 'b@example.com'],
    });
    const many = Array.from({ length: 50 }, (_rule, at) => ruleOf({ channels: ['sms'], recipients: [`+49301${at}`] }));
    expect(digestRecipients(many, undefined).sms_to).toHaveLength(10);
  });
});
