import { describe, expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { accountWith, filedCdrOf } from './filed-cdr.fixture.ts';
import { countFiled, counterOf, isReportDue, unratedByReason, unratedEvent } from './unrated-calls.ts';

const extensions = Array.from({ length: 7 }, (_, at) => filedCdrOf({ call_id: `call-${at}`, callee: `20${at % 6}` }));
const abroad = filedCdrOf({ call_id: 'abroad', callee: '+442079460000' }, accountWith({ profile: profileOf() }));
const own = { organization: 1001, price: 'own' } as const;
const report = { reason: 'NOT_E164', count: 3, reported_at: '2026-11-15T10:00:00.000Z' } as const;

test('unrated calls are grouped by the reason, and priced and free ones left out', () => {
  const groups = unratedByReason([filedCdrOf(), filedCdrOf({ disposition: 'BUSY' }), abroad, ...extensions]);
  expect([...groups].map(([reason, cdrs]) => [reason, cdrs.length])).toEqual([
    ['NO_RATE', 1],
    ['NOT_E164', 7],
  ]);
});

test('filed calls are counted by organization, status and reason', () => {
  expect(countFiled([filedCdrOf(), filedCdrOf({ disposition: 'BUSY' }), abroad, ...extensions])).toEqual({
    organization: 1001,
    rated: 1,
    free: 1,
    unrated: 8,
    set_ups: 10,
    set_up_failures: 0,
    NO_RATE: 1,
    NOT_E164: 7,
  });
});

test('calls that a network failed to set up are counted, and those that people did not take are not', () => {
  const failures = [
    { disposition: 'FAILED', cause: { q850: 41 } },
    { disposition: 'FAILED', cause: { q850: 47, sip_code: 503 } },
    { disposition: 'FAILED', cause: { q850: 1, sip_code: 404 } },
    { disposition: 'NO ANSWER', cause: { q850: 102 } },
    { disposition: 'FAILED' },
    { cause: { q850: 41 } },
  ].map((of) => filedCdrOf(of));
  expect(countFiled(failures)).toMatchObject({ set_ups: 6, set_up_failures: 2 });
});

describe('a report of unrated calls', () => {
  test('is due at the first of them, and an hour after the last report', () => {
    const at = (time: string): boolean => isReportDue(report, new Date(`2026-11-15T${time}Z`));
    expect(isReportDue(undefined, new Date())).toBe(true);
    expect([at('10:59:59.999'), at('11:00:00.000')]).toEqual([false, true]);
  });

  test('counts the calls since the last one, and shows at most five numbers, each once, and their sources', () => {
    expect(unratedEvent({ ...own, reason: 'NOT_E164', cdrs: extensions }, report)).toEqual({
      entity: { type: 'org', id: 'org_1001' },
      severity: 'warning',
      description: '10 calls filed without a price: NOT_E164',
      fields: {
        reason: 'NOT_E164',
        unrated: 10,
        since: '2026-11-15T10:00:00.000Z',
        numbers: ['200', '201', '202', '203', '204'],
        sources: ['test'],
      },
    });
  });

  test('is of one call in the singular, and begins with it if there was none before', () => {
    const { description, fields } = unratedEvent({ ...own, reason: 'NO_RATE', cdrs: [abroad] }, undefined);
    expect(description).toBe('1 call filed without a price: NO_RATE');
    expect(fields).toMatchObject({ since: null, numbers: ['+442079460000'] });
  });

  test('of calls that lack a wholesale price names their customers, and has a counter of its own', () => {
    const missing = { ...abroad.rating, status: 'unrated', reason: 'NO_RATE' } as const;
    const rated = filedCdrOf();
    const cdrs = [{ ...rated, rating: { ...rated.rating, wholesale: missing } }];
    expect([...unratedByReason(cdrs)]).toEqual([]);
    expect([...unratedByReason(cdrs, 'wholesale').keys()]).toEqual(['NO_RATE']);
    expect(unratedEvent({ organization: 2000, price: 'wholesale', reason: 'NO_RATE', cdrs }, undefined)).toMatchObject({
      entity: { id: 'org_2000' },
      description: '1 call of customers filed without a wholesale price: NO_RATE',
      fields: { wholesale: true, customers: ['org_1001'], unrated: 1 },
    });
    expect([counterOf('NO_RATE', 'own'), counterOf('NO_RATE', 'wholesale')]).toEqual(['NO_RATE', 'wholesale/NO_RATE']);
  });
});
