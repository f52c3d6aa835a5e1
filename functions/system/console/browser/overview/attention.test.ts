import { expect, test } from 'vitest';
import { needsOf } from './attention.ts';

const balance = { current: 41.5, available_credit: 4.99, currency: 'EUR' };
const textsOf = (attention: Parameters<typeof needsOf>[0]['summary']['attention'], alarms = 0): readonly string[] =>
  needsOf({ summary: { attention, balance }, alarms }).map(({ text }) => text);

test('nothing needs anybody as long as the API says so, and there is no alarm', () => {
  expect(textsOf([])).toEqual([]);
});

test('what is urgent comes before alarms, and the rest after them', () => {
  const kinds = [
    'credit_exhausted',
    'failed_gateways',
    'expiring_certificate',
    'unregistered_phones',
    'new_voicemail',
  ] as const;
  const attention = kinds.map((kind, at) => ({ kind, count: at + 1 }));
  expect(textsOf(attention, 1)).toEqual([
    'No credit is left: outbound calls that cost are rejected.',
    '2 gateways do not answer',
    'The certificate that signs calls ends within 30 days, or has ended.',
    '1 alarm in the last 12 hours',
    '4 phones are not connected',
    '5 new messages',
  ]);
});

test('a low balance is said with the credit that is left', () => {
  expect(textsOf([{ kind: 'low_balance', count: 1 }])).toEqual(['Credit is low: 4.99 EUR are left.']);
});
