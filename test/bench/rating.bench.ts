/** What rating costs in process: one call by a tariff of 20,000 rates, and taking that tariff up. */
import { newProfile } from '#functions/billing/schema/billing-profile.ts';
import { rateCall, type Call, type Terms } from '#functions/billing/cdr-ingest/rating.ts';
import { compileTariff } from '#functions/billing/tariffs/compiled-tariff.ts';
import { Rate } from '#functions/billing/tariffs/rate.ts';
import { chunksOf, ratesOf } from '#functions/billing/tariffs/rate-list.ts';
import { firstVersion, NewTariff } from '#functions/billing/tariffs/tariff.ts';
import type { Figure } from './benchmark.ts';
import { elapsed, warm } from './timing.ts';

const made = '2026-01-01T00:00:00.000Z';
const most = 20_000;
const calls = 4_096;
const rounds = 20;

/** Prefixes of one to six digits, as price lists have them. */
const prefixes = [
  ...Array.from({ length: 9 }, (_, at) => String(at + 1)),
  ...Array.from({ length: most - 9 }, (_, at) => String(100_000 + at * 41)),
];

function ratesUpTo(count: number): Rate[] {
  return prefixes.slice(0, count).map((prefix) =>
    Rate.parse({
      prefix,
      name: `place ${prefix}`,
      price_per_minute: 0.015,
      connect_fee: 0.01,
      initial_seconds: 60,
      increment_seconds: 6,
    }),
  );
}

function termsOf(rates: readonly Rate[]): Terms {
  const tariff = firstVersion(NewTariff.parse({ name: 'bench', currency: 'USD' }), {
    id: 'trf_bench',
    organization: 1000,
    now: made,
  });
  const profile = newProfile({ id: 'bp_bench', organization: 1001, billingName: 'Bench', currency: 'USD', now: made });
  return { country: 'US', customerSince: Date.parse(made), profile, tariff: compileTariff(tariff, rates) };
}

const callees = Array.from({ length: calls }, (_, at) => `+${prefixes[(at * 7_919) % most]}5550123`);
const callOf = (callee: string): Call => ({
  direction: 'outbound',
  callee,
  start_time: '2026-11-15T10:30:00Z',
  disposition: 'ANSWERED',
  billable_seconds: 342,
  cost: null,
});
const period = { name: '2026-11', late: false, usage: { seconds: 0, includedSeconds: 0 } } as const;

function ratingOf(count: number) {
  const terms = termsOf(ratesUpTo(count));
  return warm(callees, rounds, (callee) => rateCall(callOf(callee), terms, period, made));
}

/**
 * Milliseconds: the stored text is read, and compiled. The least of several: what else runs on the machine is not the
 * work's.
 */
function loading(): number {
  const stored = chunksOf(ratesUpTo(most));
  return Math.min(...Array.from({ length: 25 }, () => elapsed(() => termsOf(stored.flatMap(ratesOf))))) / 1_000;
}

export default async function measure(): Promise<readonly Figure[]> {
  const [many, few] = [ratingOf(most), ratingOf(20)];
  return [
    {
      what: 'one call rated in process, 20,000 rates, p50',
      measured: many.p50,
      unit: 'µs',
      must: { atMostYardsticks: 0.036 },
    },
    { what: 'one call rated in process, 20,000 rates, p99', measured: many.p99, unit: 'µs' },
    { what: 'one call rated in process, 20 rates, p50', measured: few.p50, unit: 'µs' },
    {
      what: 'a tariff of 20,000 rates read and compiled',
      measured: loading(),
      unit: 'ms',
      must: { atMostYardsticks: 590 },
    },
  ];
}
