/**
 * Webhooks: from the transaction of an event to its receivers, over 20 webhooks of each organization, of which two are
 * dead and two take 9 s.
 */
import { underLoad, type LoadReport } from '../support/webhook-load.fixture.ts';
import type { Benchmark } from './benchmark.ts';
import { memoryCloud } from './memory-cloud.ts';

async function report(organizations: number): Promise<LoadReport> {
  const cloud = await memoryCloud({ OUTBOUND_ALLOW_PRIVATE: '1' });
  try {
    return await underLoad(cloud, { organizations, webhooks: 20, events: 300, perSecond: 5 });
  } finally {
    await cloud.stop();
  }
}

const measure: Benchmark = async () => {
  const [few, many] = [await report(5), await report(50)];
  if (few.missing.length + many.missing.length > 0) throw new Error('receivers miss events');
  return [
    { what: 'webhook: one event on a quiet system, p50', measured: few.idleMedian, unit: 'ms' },
    { what: 'webhooks: 5 organizations, 5 events/s, p95', measured: few.p95, unit: 'ms' },
    {
      what: 'webhooks: p95 of 5 organizations ÷ p50 of one event',
      measured: few.p95 / few.idleMedian,
      unit: '×',
      must: { atMost: 3 },
    },
    {
      what: 'webhooks: p95 of 50 organizations ÷ p95 of 5',
      measured: many.p95 / few.p95,
      unit: '×',
      must: { atMost: 1.5 },
    },
  ];
};

export default measure;
