import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseBody } from '#http/request/body.ts';
import { filingFields, matchesFilter, presentEvent, TypeFilter } from './event.ts';

const event = {
  id: 'evt_1',
  type: 'trunk.created',
  at: '2026-11-20T10:00:00.000Z',
  entity: { type: 'trunk', id: 'trunk_1' },
  severity: 'info',
  description: 'SIP trunk one created',
  actor: { id: 'usr_1', type: 'user', name: 'admin', credential: 'ses_1' },
  changes: null,
  data: { note: 'x' },
};

test('a type filter names one type or a whole area', () => {
  expect(matchesFilter(event, { type: 'trunk.created' })).toBe(true);
  expect(matchesFilter(event, { type: 'trunk.*' })).toBe(true);
  expect(matchesFilter(event, { type: 'trunk.deleted' })).toBe(false);
  expect(matchesFilter(event, { type: 'tru.*' })).toBe(false);
  expect(matchesFilter({ ...event, type: 'trunkip.created' }, { type: 'trunk.*' })).toBe(false);
});

test('a range of time includes its start, not its end', () => {
  expect(matchesFilter(event, { since: event.at })).toBe(true);
  expect(matchesFilter(event, { until: event.at })).toBe(false);
});

test.each(['*', 'trunk', 'auth.2fa.*'])('"%s" is judged as a type filter', (text) => {
  expect(TypeFilter.safeParse(text).success).toBe(text !== '*');
});

test('an answered event names its entity, and neither the credential nor the address of its actor', () => {
  expect(presentEvent(event)).toEqual({
    event_id: 'evt_1',
    type: 'trunk.created',
    timestamp: event.at,
    entity: 'trunk/trunk_1',
    data: {
      note: 'x',
      description: 'SIP trunk one created',
      severity: 'info',
      actor: { id: 'usr_1', type: 'user', name: 'admin' },
      changes: null,
    },
  });
});

test('a time needs an offset from UTC', () => {
  const timed = (timestamp: string) => parseBody(z.object(filingFields), { data: {}, timestamp });
  expect(timed('2026-11-20T11:00:00+01:00')).toMatchObject({ value: { timestamp: '2026-11-20T10:00:00.000Z' } });
  expect(() => timed('2026-11-20T11:00:00')).toThrow(
    expect.objectContaining({ code: 'INVALID_PARAMETER', status: 400 }),
  );
  expect(timed('2026-13-20T11:00:00Z')).toMatchObject({ problem: { code: 'VALIDATION_FAILED' } });
});
