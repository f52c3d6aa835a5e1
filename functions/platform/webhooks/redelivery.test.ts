import { expect, test } from 'vitest';
import { assertKnownEvents, redeliveryOf } from './redelivery.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const day = '2026-11-20T00:00:00.000Z';

test('a redelivery is of chosen events, each once, or of a range, by default of the failed ones until now', () => {
  expect(redeliveryOf({ event_ids: ['evt_1', 'evt_2', 'evt_1'] }, now)).toEqual({ event_ids: ['evt_1', 'evt_2'] });
  expect(redeliveryOf({ since: day }, now)).toEqual({ since: day, until: now.toISOString(), status: 'failed' });
});

test.each([
  [{}, 'since'],
  [{ event_ids: ['evt_1'], since: day }, 'event_ids'],
  [{ event_ids: ['evt_1'], status: 'all' as const }, 'event_ids'],
  [{ since: '2026-11-13T11:59:59.999Z' }, 'since'],
  [{ since: day, until: '2026-11-19T00:00:00.000Z' }, 'until'],
])('%j is rejected', (body, path) => {
  expect(() => redeliveryOf(body, now)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path })] }),
  );
});

test('a range of exactly seven days is accepted', () => {
  expect(redeliveryOf({ since: '2026-11-13T12:00:00.000Z' }, now)).toMatchObject({ status: 'failed' });
});

test('events that the organization does not have are named by their position', () => {
  expect(() => assertKnownEvents(['evt_1', 'evt_2'], [])).not.toThrow();
  expect(() => assertKnownEvents(['evt_1', 'evt_2'], ['evt_2'])).toThrow(
    expect.objectContaining({ details: [expect.objectContaining({ path: 'event_ids[1]' })] }),
  );
});
