import { expect, test } from 'vitest';
import { fitsFilter } from '#schema/record-class.ts';
import { batchFacts, entryFacts, lineFacts } from './record-facts.ts';

const at = '2026-01-31T12:00:00.000Z';

test('an SMS is meant by its user, either number, its id and its words', () => {
  const facts = entryFacts({
    ...{ message_id: 'msg_1', direction: 'outbound', from: 'Acme', to: '+14155550100', message: 'Ihr Code: 17' },
    ...{ status: 'sent', timestamp: at, status_at: at, user_id: 'usr_1', segments: 1, cost: null, source: 'platform' },
  });
  for (const filter of [
    { user_ids: ['usr_1'] },
    { numbers: ['+14155550100'] },
    { entity_ids: ['msg_1'] },
    { search_text: 'code' },
    { direction: 'outbound' as const },
  ])
    expect(fitsFilter(facts, filter), JSON.stringify(filter)).toBe(true);
  expect(fitsFilter(facts, { numbers: ['+14155550101'] })).toBe(false);
});

test('a batch is meant by each of its recipients', () => {
  const recipients = ['+14155550100', '+14155550101'].map((to) => ({ to, price: null, error: null }));
  const facts = batchFacts({
    ...{ id: 'batch_1', kind: 'sms', from: 'Acme', message: '', encoding: 'gsm7', segments: 1 },
    ...{ category: 'transactional', reference: null, user_id: null, callback_url: null, scheduled_at: null },
    ...{ validity_minutes: 60, recipients, expanded: true, created_at: at },
  });
  expect(fitsFilter(facts, { numbers: ['+14155550101'] })).toBe(true);
});

test('a line of a user or a number is meant by that user or number', () => {
  const of = (type: string, id: string) => lineFacts({ id: 'log_1', at, message: '', entity: { type, id } });
  expect(fitsFilter(of('user', 'usr_1'), { user_ids: ['usr_1'] })).toBe(true);
  expect(fitsFilter(of('number', '+14155550100'), { numbers: ['+14155550100'] })).toBe(true);
  expect(fitsFilter(of('device', 'dev_1'), { entity_ids: ['dev_1'] })).toBe(true);
  expect(fitsFilter(of('device', 'dev_1'), { user_ids: ['usr_1'] })).toBe(false);
});
