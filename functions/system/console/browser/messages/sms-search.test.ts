import { expect, test } from 'vitest';
import { csvOfSms, smsSearchOf, type LoggedSms } from './sms-search.ts';

const now = Date.parse('2026-11-27T23:30:00Z');
const filters = { days: 'yesterday', direction: 'all', from: '', to: '', content: '' } as const;

test('days are those of the zone, whole, and what is not filled in is not sent', () => {
  expect(smsSearchOf(filters, now, 'Europe/Berlin')).toEqual({
    start_date: '2026-11-26T23:00:00.000Z',
    end_date: '2026-11-27T22:59:59.999Z',
    direction: 'all',
    limit: 10_000,
  });
});

test('days until now end later than the clock of the person, and cover no more than the API permits', () => {
  const { start_date: first, end_date: last } = smsSearchOf({ ...filters, days: 'quarter' }, now, 'Europe/Berlin');
  expect(Date.parse(last)).toBeGreaterThan(now);
  // 90 days with the end of summer time have an hour more.
  const inAutumn = smsSearchOf({ ...filters, days: '2026-08-01..2026-10-29' }, now, 'Europe/Berlin');
  const lengths = [[first, last] as const, [inAutumn.start_date, inAutumn.end_date] as const].map(
    ([from, to]) => Date.parse(to) - Date.parse(from),
  );
  expect(lengths[0]).toBeLessThanOrEqual(90 * 86_400_000);
  expect(lengths[1]).toBe(90 * 86_400_000);
});

test('numbers are sought by their digits, and senders by their letters', () => {
  const sought = smsSearchOf(
    { ...filters, from: ' Acme 24 ', to: '+46 (70) 123-45 67', content: ' 10 Uhr ' },
    now,
    'UTC',
  );
  expect(sought).toMatchObject({ from: 'Acme 24', to: '+46701234567', content: '10 Uhr' });
});

test('a file has a line for each SMS, and no formula', () => {
  const sms: LoggedSms = {
    ...{ message_id: 'a-1', from: '+14155551234', to: '22333', message: '=1+1, "now"', status: 'received' },
    ...{ timestamp: '2026-11-22T03:37:39.000Z', userId: null, segments: 1, cost: null },
    direction: 'inbound',
  };
  expect(csvOfSms([sms])).toBe(
    'timestamp,direction,from,to,message,segments,status,cost\r\n' +
      '2026-11-22T03:37:39.000Z,inbound,+14155551234,22333,"\'=1+1, ""now""",1,received,\r\n',
  );
});
