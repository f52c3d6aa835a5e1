import * as z from 'zod';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from './entry.ts';
import { matcherOf, rangeOf, searchFields, sortKeyOf, searchKeyOf } from './search.ts';

const search = (body: object = {}) => z.object(searchFields).parse(body);
const now = Date.parse('2026-11-20T12:00:00.000Z');

const entry: LogEntry = {
  event_log_id: 'evl_1',
  org_id: 1001,
  event_type: 'trunk.route.created',
  severity: 'warning',
  actor: { id: 'usr_1', type: 'user', name: 'ann', email: null },
  resource: { type: 'trunk', id: 'trunk_1', name: null },
  description: 'SIP trunk North created',
  metadata: {},
  ip_address: '192.0.2.1',
  user_agent: null,
  recorded_by: 'usr_1',
  request_id: null,
  created_at: '2026-11-20T10:00:00.000Z',
  chain: { state: 'pending' },
};

describe('the range', () => {
  test('is the last 30 days, or 30 days before its end', () => {
    expect(rangeOf(search(), now)).toEqual({ since: '2026-10-21T12:00:00.000Z', until: '2026-11-20T12:00:00.000Z' });
    expect(rangeOf(search({ date_to: '2026-02-01' }), now)).toEqual({
      since: '2026-01-02T23:59:59.999Z',
      until: '2026-02-01T23:59:59.999Z',
    });
    expect(rangeOf(search({ date_from: '2026-01-01' }), now)).toEqual({
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-11-20T12:00:00.000Z',
    });
  });

  test.each([
    { date_from: '2026-01-02', date_to: '2026-01-01' },
    { date_from: '2025-01-01', date_to: '2026-01-02' },
  ])('%o is rejected', (body) => {
    expect(() => rangeOf(search(body), now)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });

  test('may be 366 days', () => {
    expect(() => rangeOf(search({ date_from: '2024-01-01', date_to: '2024-12-31' }), now)).not.toThrow();
  });
});

test('entries are read by resource, else by actor, else by time', () => {
  const all = { resource_type: 'trunk', resource_id: 'trunk_1', actor_id: 7 };
  expect(searchKeyOf(search(all))).toEqual({ by: 'resource', type: 'trunk', id: 'trunk_1' });
  expect(searchKeyOf(search({ ...all, resource_id: null }))).toEqual({ by: 'actor', id: 'usr_7' });
  expect(searchKeyOf(search({ resource_id: 'trunk_1' }))).toEqual({ by: 'time' });
});

test.each([
  [{}, true],
  [{ event_types: ['trunk.*'] }, true],
  [{ event_types: ['trunk'] }, false],
  [{ event_types: ['user.*', 'trunk.route.created'] }, true],
  [{ event_types: [] }, false],
  [{ severities: ['error', 'warning'] }, true],
  [{ severities: ['info'] }, false],
  [{ actor_id: 'usr_1' }, true],
  [{ actor_id: 'usr_2' }, false],
  [{ actor_type: 'api' }, false],
  [{ resource_type: 'trunk' }, true],
  [{ resource_id: 'trunk_2' }, false],
  [{ action: 'created' }, true],
  [{ action: 'route.created' }, false],
  [{ ip_address: '192.0.2.1' }, true],
  [{ ip_address: '192.0.2.2' }, false],
  [{ search_text: 'north  TRUNK' }, true],
  [{ search_text: 'north south' }, false],
  [{ date_from: entry.created_at, date_to: entry.created_at }, true],
  [{ date_to: '2026-11-20T09:59:59Z' }, false],
])('the search %o finds it: %s', (body, found) => {
  expect(matcherOf(search(body), rangeOf(search(body), now))(entry)).toBe(found);
});

test('an address matches in any notation', () => {
  expect(
    matcherOf(search({ ip_address: '2001:DB8:0::1' }), rangeOf(search(), now))({ ...entry, ip_address: '2001:db8::1' }),
  ).toBe(true);
});

test('severities sort by their rank', () => {
  const keys = (['info', 'warning', 'error', 'critical'] as const).map((severity) =>
    sortKeyOf(search({ sort_by: 'severity' }))({ ...entry, severity }),
  );
  expect(keys).toEqual(keys.toSorted());
  expect(sortKeyOf(search({ sort_by: 'event_type' }))(entry)).toBe('trunk.route.created#evl_1');
  expect(sortKeyOf(search())(entry)).toBe('evl_1');
});
