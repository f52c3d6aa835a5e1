import { expect, test } from 'vitest';
import { logEntryWith } from './entry.fixture.ts';
import {
  criteriaOf,
  isLive,
  expiryOf,
  matcherOf,
  newSearch,
  NewSearch,
  presentReceipt,
  SearchReceipt,
  type Search,
} from './search.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const origin = { id: 'search_1', org_id: 1_001, caller: 'usr_1', ownOnly: false, now };
const month = { start_date: '2026-11-01', end_date: '2026-11-30' };
const searchFor = (body: object, more: object = {}): Search =>
  newSearch(NewSearch.parse({ ...month, ...body }), { ...origin, ...more });

const entry = logEntryWith({ message: 'Your Appointment is due', user_id: 'usr_7' });

test('days include both ends, instants too', () => {
  expect(searchFor({})).toMatchObject({ since: '2026-11-01T00:00:00.000Z', until: '2026-11-30T23:59:59.999Z' });
  expect(searchFor({ start_date: '2026-11-20T10:00:00+02:00', end_date: '2026-11-20T09:00:00Z' })).toMatchObject({
    since: '2026-11-20T08:00:00.000Z',
    until: '2026-11-20T09:00:00.000Z',
  });
});

test.each([
  [{ end_date: '2026-10-31' }, 'INVALID_DATE_RANGE'],
  [{ start_date: '2026-11-20T10:00:00Z', end_date: '2026-11-20T09:59:59Z' }, 'INVALID_DATE_RANGE'],
  [{ start_date: '2026-08-01', end_date: '2026-10-31' }, 'DATE_RANGE_TOO_LARGE'],
])('the range %j is %s', (range, code) => {
  expect(() => searchFor(range)).toThrow(
    expect.objectContaining({ code, details: [expect.objectContaining({ path: 'end_date' })] }),
  );
});

test('a range of 90 days is not too large', () => {
  expect(searchFor({ start_date: '2026-08-01', end_date: '2026-10-30' }).since).toBe('2026-08-01T00:00:00.000Z');
});

test.each(['soon', '2026-02-30', '2026-11-01T10:00:00', ''])('%j is no date', (start_date) => {
  const { error } = NewSearch.safeParse({ ...month, start_date });
  expect(error?.issues).toMatchObject([{ path: ['start_date'], params: { code: 'INVALID_DATE_RANGE' } }]);
});

test.each([
  [{}, true],
  [{ direction: 'all' }, true],
  [{ direction: 'inbound' }, true],
  [{ direction: 'outbound' }, false],
  [{ from: '+14155551234' }, true],
  [{ from: '+14155551235' }, false],
  [{ to: '22333' }, true],
  [{ to: '22334' }, false],
  [{ userId: 7 }, true],
  [{ userId: 'usr_7' }, true],
  [{ userId: '8' }, false],
  [{ status: 'received' }, true],
  [{ status: 'sent' }, false],
  [{ content: 'appointment' }, true],
  [{ content: 'APPOINTMENT' }, true],
  [{ content: 'invoice' }, false],
  [{ direction: 'inbound', content: 'invoice' }, false],
])('%j finds the message: %s', (filters, isFound) => {
  expect(matcherOf(searchFor(filters))(entry)).toBe(isFound);
});

test('a caller limited to its own records finds only its messages, whatever it asks for', () => {
  expect(matcherOf(searchFor({ userId: 7 }, { ownOnly: true }))(entry)).toBe(false);
  expect(matcherOf(searchFor({}, { ownOnly: true, caller: 'usr_7' }))(entry)).toBe(true);
});

test('the receipt has the filters as they were sent, with the defaults', () => {
  const wanted = NewSearch.parse({ ...month, content: 'Due', userId: 7, to: null });
  expect(criteriaOf(wanted)).toEqual({ ...month, direction: 'all', userId: 'usr_7', content: 'Due', limit: 1_000 });
  expect(SearchReceipt.parse(presentReceipt(newSearch(wanted, origin), wanted))).toMatchObject({
    search_id: 'search_1',
    status: 'processing',
    estimated_completion: '2026-11-20T12:00:30.000Z',
  });
});

test('a search is remembered for a week', () => {
  expect(expiryOf(searchFor({}))).toBe(Date.parse('2026-11-27T12:00:00.000Z') / 1_000);
});

test('a search is live until it has ended', () => {
  expect((['processing', 'completed', 'failed'] as const).map((status) => isLive({ status }))).toEqual([
    true,
    false,
    false,
  ]);
});
