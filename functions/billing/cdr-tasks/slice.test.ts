import { describe, expect, test } from 'vitest';
import { AppError } from '#errors.ts';
import { day, hour } from '#schema/time.ts';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { calendarOf, type FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import { accountWith, filedCdrOf, now, tariffOf } from '../cdr-ingest/filed-cdr.fixture.ts';
import { billingErrors } from '../schema/errors.ts';
import {
  addOutcomes,
  assertNamedTariff,
  earlierOutcome,
  isDeletable,
  isPermanent,
  isRatable,
  keyRangeOf,
  pauseAfter,
  periodOf,
  rerateCdr,
  termsOf,
  type Outcome,
  type Terms,
} from './slice.ts';

const termsWith = (fields: Partial<Terms> = {}): Terms => {
  const account = fields.account ?? accountWith();
  return {
    account,
    calendar: calendarOf(account, now, 24 * hour),
    chain: { organization: 1001, seller: 1000, operator: 1000 },
    counts: false,
    resold: false,
    ...fields,
  };
};
const cdr = filedCdrOf();
const rated = (rating: Partial<FiledCdr['rating']>): FiledCdr => ({ ...cdr, rating: { ...cdr.rating, ...rating } });
const inputs = { carrier: null, item: undefined, balance: [], task: 'task_1' };

describe('the terms of an organization', () => {
  const item = {
    org_id: 1001,
    parent_id: 2000,
    country: 'US',
    timezone: 'UTC',
    created_at: '2024-01-01T00:00:00.000Z',
    retention: { cdr_days: 90 },
    charge_shards: 2,
  };
  const terms = (parent_id: number) =>
    termsOf({ item: { ...item, parent_id }, profile: profileOf(), tariff: tariffOf() }, 1000, {
      now,
      environment: { PERIOD_GRACE_HOURS: '2' },
    });

  test('say whether a reseller is charged, too', () => {
    expect(terms(2000)).toMatchObject({ resold: true, chain: { organization: 1001, seller: 2000, operator: 1000 } });
    expect(terms(1000).resold).toBe(false);
  });

  test('have the grace of the environment, and the shards of the organization', () => {
    expect(terms(1000)).toMatchObject({ calendar: { grace: 2 * hour }, account: { shards: 2 }, counts: false });
  });
});

describe('a task that names a tariff', () => {
  const named = { tariff_id: 'trf_1' };

  test('rates by no other: a deleted tariff, or one in another currency, is an error', () => {
    const unknown = expect.objectContaining({ code: 'UNKNOWN_TARIFF' });
    expect(() => assertNamedTariff(named, null, profileOf())).toThrow(unknown);
    expect(() => assertNamedTariff(named, tariffOf(), profileOf({ currency: 'EUR' }))).toThrow(unknown);
  });

  test('rates by it in the currency of the profile, or without a profile', () => {
    expect(() => assertNamedTariff(named, tariffOf(), profileOf())).not.toThrow();
    expect(() => assertNamedTariff(named, tariffOf(), null)).not.toThrow();
    expect(() => assertNamedTariff({ tariff_id: null }, null, null)).not.toThrow();
  });

  test('fails for good without the tariff', () => {
    expect(isPermanent(new AppError(billingErrors.UNKNOWN_TARIFF, 'deleted'))).toBe(true);
    expect(isPermanent(new AppError('UNAVAILABLE', 'later'))).toBe(false);
    expect(isPermanent(new Error('down'))).toBe(false);
  });
});

describe('a CDR that is rated again', () => {
  test('is replaced at another price', () => {
    const dearer = accountWith({ tariff: tariffOf({}, { price_per_minute: 0.03 }) });
    expect(rerateCdr(cdr, termsWith({ account: dearer }), inputs)).toMatchObject({
      before: cdr,
      after: { task_id: 'task_1', rating: { charge: '0.1810', revision: 2 } },
    });
  });

  test('is not replaced at the same price', () => {
    expect(rerateCdr(cdr, termsWith(), inputs)).toBeNull();
  });

  test('is booked in its own period, or in the open one', () => {
    expect(periodOf(cdr, termsWith())).toBe('2026-11');
    const later = calendarOf(accountWith(), Date.parse('2026-12-05T00:00:00Z'), 24 * hour);
    expect(periodOf(cdr, termsWith({ calendar: later }))).toBe('2026-12');
  });

  test('by the same task before keeps its outcome, and by another task has none', () => {
    const done = { ...cdr, task_id: 'task_1', rating_history: [cdr.rating] };
    expect(earlierOutcome(done, { id: 'task_1' })).toEqual({
      outcome: 'changed',
      before: cdr.rating,
      after: cdr.rating,
    });
    expect(earlierOutcome(done, { id: 'task_2' })).toBeNull();
    expect(earlierOutcome(cdr, { id: 'task_1' })).toBeNull();
  });
});

describe('the results of a slice', () => {
  const task = {
    counts: { processed: 10, changed: 1, unchanged: 9, failed: 0 },
    totals: { USD: { reversed: 100_000, charged: 200_000 } },
    errors: [],
  };
  const changed: Outcome = { outcome: 'changed', before: cdr.rating, after: { ...cdr.rating, charge: '0.1810' } };
  const deleted: Outcome = { outcome: 'changed', before: cdr.rating, after: null };
  const failed: Outcome = { outcome: 'failed', error: { cdr_id: 'cdr_1', code: 'UNAVAILABLE' } };

  test('are added to the counts, the totals and the errors', () => {
    expect(addOutcomes(task, [changed, { outcome: 'unchanged' }, failed])).toEqual({
      counts: { processed: 13, changed: 2, unchanged: 10, failed: 1 },
      totals: { USD: { reversed: 195_500n, charged: 381_000n } },
      errors: [{ cdr_id: 'cdr_1', code: 'UNAVAILABLE' }],
    });
  });

  test('move no money for deleted CDRs', () => {
    expect(addOutcomes({ ...task, totals: {} }, [deleted])).toMatchObject({ counts: { changed: 2 }, totals: {} });
  });

  test('are summed in the currency of the new rating, or of the old one', () => {
    const unrated = { ...cdr.rating, currency: null, charge: '0.0000' };
    const outcomes: Outcome[] = [
      { outcome: 'changed', before: unrated, after: { ...cdr.rating, currency: 'EUR' } },
      { outcome: 'changed', before: cdr.rating, after: unrated },
      { outcome: 'changed', before: unrated, after: unrated },
    ];
    expect(addOutcomes({ ...task, totals: {} }, outcomes).totals).toEqual({
      EUR: { reversed: 0n, charged: 95_500n },
      USD: { reversed: 95_500n, charged: 0n },
    });
  });

  test('keep the first 100 errors', () => {
    const { errors } = addOutcomes(
      task,
      Array.from({ length: 101 }, () => failed),
    );
    expect(errors).toHaveLength(100);
  });
});

describe('the range of sort keys', () => {
  const at = { now: Date.parse('2026-11-20T10:00:00Z'), retention: 30 };
  const date_range = { start: '2026-11-01T00:00:00.000Z', end: '2026-11-15T00:00:00.000Z' };

  test('is that of the task, or all', () => {
    expect(keyRangeOf({ task_type: 'reprocess', date_range }, at)).toEqual([
      '2026-11-01T00:00:00Z',
      '2026-11-15T00:00:00Z',
    ]);
    expect(keyRangeOf({ task_type: 'process', date_range: null }, at)).toEqual(['0', '9']);
  });

  test('of a cleanup ends where the retention begins, or earlier', () => {
    const oldest = new Date(at.now - 30 * day).toISOString().replace('.000', '');
    expect(keyRangeOf({ task_type: 'cleanup', date_range }, at)[1]).toBe(oldest);
    expect(keyRangeOf({ task_type: 'cleanup', date_range: null }, at)).toEqual(['0', oldest]);
    const old = { start: '2026-01-01T00:00:00.000Z', end: '2026-02-01T00:00:00.000Z' };
    expect(keyRangeOf({ task_type: 'cleanup', date_range: old }, at)[1]).toBe('2026-02-01T00:00:00Z');
  });
});

describe('a CDR may be deleted', () => {
  const closed = calendarOf(accountWith(), Date.parse('2026-12-02T00:00:00Z'), 24 * hour);
  const terms = { calendar: closed, resold: false };

  test('once its period is closed', () => {
    expect(isDeletable(cdr, terms)).toBe(true);
    expect(isDeletable(cdr, { ...terms, calendar: { ...closed, now: closed.now - 1 } })).toBe(false);
  });

  test('if it has a price, or is free', () => {
    expect(isDeletable(rated({ status: 'unrated' }), terms)).toBe(false);
    expect(isDeletable(rated({ status: 'free' }), terms)).toBe(true);
  });

  test('if it is void, although no reseller is charged for it', () => {
    expect(isDeletable(rated({ status: 'void' }), { ...terms, resold: true })).toBe(true);
  });

  test('if its reseller has been charged', () => {
    const resold = { ...terms, resold: true };
    expect(isDeletable(cdr, resold)).toBe(false);
    expect(isDeletable(rated({ wholesale: { ...cdr.rating, status: 'unrated' } }), resold)).toBe(false);
    expect(isDeletable(rated({ wholesale: cdr.rating }), resold)).toBe(true);
  });
});

test('tasks rate what is unrated, or again what is not void', () => {
  const ratable = (task_type: 'process' | 'reprocess') =>
    (['rated', 'free', 'unrated', 'void'] as const).filter((status) => isRatable(rated({ status }), { task_type }));
  expect(ratable('process')).toEqual(['unrated']);
  expect(ratable('reprocess')).toEqual(['rated', 'free', 'unrated']);
});

test('tasks of lower priority pause longer between slices', () => {
  expect((['high', 'normal', 'low'] as const).map((priority) => pauseAfter({ priority }))).toEqual([0, 1, 15]);
});
