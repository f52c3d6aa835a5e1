import { beforeAll, describe, expect, test } from 'vitest';
import { outcome } from '#test/support/requests.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { usageRow } from '../charging/row.ts';
import { cdrId } from '../cdr-ingest/cdr.ts';
import { cdrIn, chargesTo, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { calls, ONE, range, setUpTasks } from '../cdr-munch/tasks.fixture.ts';
import { tariffRow, type TariffItem } from '../tariffs/row.ts';
import { deleteWrites, nextVersionWrites } from '../tariffs/store.ts';

const running = testStore();
let tasks: Awaited<ReturnType<typeof setUpTasks>>;
beforeAll(async () => {
  tasks = await setUpTasks(running, 7500);
});

describe('a task that reprocesses', () => {
  test('reverses and charges again, once however often its slices are repeated', async () => {
    const of = await tasks.account(calls(60));
    await tasks.assignTariff(of.organization, await tasks.addTariff(of.organization, 0.06));
    const id = await of.create({ task_type: 'reprocess', date_range: range });
    const { slice, finish } = tasks.worker();
    await finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({
      state: 'completed',
      progress: { processed: 60, changed: 60, unchanged: 0, failed: 0, percent: 100 },
      totals: [{ currency: 'USD', reversed: '1.5000', charged: '3.4200', difference: '1.9200' }],
    });
    expect(await chargesTo(running.store, of.organization)).toEqual({
      charges: 60n * 57_000n,
      calls: 60,
      seconds: 60 * 57,
    });
    expect(await cdrIn(running.store, of.organization, cdrId(of.organization, 'call-1', 'a'))).toMatchObject({
      task_id: id,
      rating: { charge: '0.0570', revision: 2 },
      rating_history: [{ charge: '0.0250' }],
    });
    expect(await slice(of.organization, id)).toEqual({ batchItemFailures: [] });
    expect(await chargesTo(running.store, of.organization)).toMatchObject({ charges: 60n * 57_000n });
    expect((await eventsOf(running.store, of.organization)).map(({ type }) => type)).toContain('cdrtask.completed');
    const again = await of.create({ task_type: 'reprocess', date_range: range });
    await finish(of.organization, again);
    expect(await of.get(again)).toMatchObject({ progress: { changed: 0, unchanged: 60 }, totals: [] });
  });

  test("changes nothing with dry_run, and rates by another tariff than the profile's", async () => {
    const of = await tasks.account(calls(5));
    const tariff_id = await tasks.addTariff(of.organization, 0.12);
    const { finish } = tasks.worker();
    for (const dry_run of [true, false]) {
      const id = await of.create({ task_type: 'reprocess', date_range: range, tariff_id, dry_run });
      await finish(of.organization, id);
      expect(await of.get(id)).toMatchObject({
        dry_run,
        progress: { changed: 5 },
        totals: [{ reversed: '0.1250', charged: '0.5700', difference: '0.4450' }],
      });
      expect(await chargesTo(running.store, of.organization)).toMatchObject({
        charges: dry_run ? 5n * ONE : 5n * 114_000n,
      });
    }
  });

  test.each([
    ['in another currency', { currency: 'EUR' }, '422 CURRENCY_MISMATCH'],
    ['of carriers', { kind: 'cost' }, '422 UNKNOWN_TARIFF'],
  ])('rejects a tariff %s', async (_, more, code) => {
    const of = await tasks.account(calls(1));
    expect(
      outcome(
        await of.put({
          task_type: 'reprocess',
          date_range: range,
          tariff_id: await tasks.addTariff(of.organization, 0.12, more),
        }),
      ),
    ).toBe(code);
  });

  test.each([
    ['was deleted', deleteWrites],
    [
      'has another currency by now',
      (before: TariffItem) => nextVersionWrites(before, { ...before, currency: 'EUR', version: 2 }, []),
    ],
  ])('fails at once if the tariff that it names %s, and charges nothing', async (_, tariffWrites) => {
    const of = await tasks.account(calls(2));
    const tariff_id = await tasks.addTariff(of.organization, 0.12);
    const id = await of.create({ task_type: 'reprocess', date_range: range, tariff_id });
    const tariff = await tableFor<'tariff'>(running.store, 1000).get(tariffRow, { id: tariff_id });
    await commit(running.store, 1000, tariff === undefined ? [] : tariffWrites(tariff));
    await tasks.worker().slice(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'failed', progress: { processed: 0 } });
    expect(await chargesTo(running.store, of.organization)).toMatchObject({ charges: 2n * ONE });
  });

  test('leaves correct sums when it is cancelled half-way, and a new task finishes the work', async () => {
    const of = await tasks.account(
      calls(700)
        .map((each, at) => ({ ...each, call_id: `many-${at}` }))
        .slice(0, 100),
    );
    for (let at = 0; at < 5; at += 1)
      await startIngestion(running.store, { clock: () => tasks.clock.now() }).deliver({
        [`x${at}`]: messageOf(
          of.organization,
          calls(100).map((each, number) => ({ ...each, call_id: `more-${at}-${number}` })),
        ),
      });
    await tasks.assignTariff(of.organization, await tasks.addTariff(of.organization, 0.06));
    const id = await of.create({ task_type: 'reprocess', date_range: range });
    const { slice, finish } = tasks.worker();
    await slice(of.organization, id);
    const half = (await of.get(id)).progress['changed'] ?? 0;
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(600);
    expect(await chargesTo(running.store, of.organization)).toMatchObject({
      charges: BigInt(half) * 57_000n + BigInt(600 - half) * ONE,
    });
    await of.post({ task_id: id, action: 'pause' });
    await slice(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'paused', progress: { changed: half } });
    await of.post({ task_id: id, action: 'cancel' });
    const second = await of.create({ task_type: 'reprocess', date_range: range });
    expect(await finish(of.organization, second)).toBeGreaterThan(1);
    expect(await of.get(second)).toMatchObject({
      state: 'completed',
      progress: { processed: 600, changed: 600 - half, unchanged: half },
    });
    expect(await chargesTo(running.store, of.organization)).toMatchObject({ charges: 600n * 57_000n, calls: 600 });
  });

  test('changes each CDR once, even if two workers run it at the same time', async () => {
    const of = await tasks.account(calls(40));
    await tasks.assignTariff(of.organization, await tasks.addTariff(of.organization, 0.06));
    const id = await of.create({ task_type: 'reprocess', date_range: range });
    const [one, other] = [tasks.worker(), tasks.worker()];
    await Promise.all([one.slice(of.organization, id), other.slice(of.organization, id)]);
    // The second worker waits for the end of the first one's turn.
    expect([...one.queues.sent, ...other.queues.sent].filter(({ message }) => (message.delay ?? 0) > 1)).toHaveLength(
      1,
    );
    expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { changed: 40 } });
    expect(await chargesTo(running.store, of.organization)).toMatchObject({ charges: 40n * 57_000n });
  });

  test('gives included minutes back if its tariff includes none', async () => {
    const of = await tasks.account([]);
    await tasks.assignTariff(
      of.organization,
      await tasks.addTariff(of.organization, 0.06, {
        included_minutes: 2,
        rates: [{ prefix: '', price_per_minute: 0.06, included: true }],
      }),
    );
    await startIngestion(running.store, { clock: tasks.clock.now }).deliver({
      m2: messageOf(of.organization, calls(3)),
    });
    expect(await chargesTo(running.store, of.organization)).toMatchObject({ charges: 51_000n });
    const id = await of.create({
      task_type: 'reprocess',
      date_range: range,
      tariff_id: await tasks.addTariff(of.organization, 0.12),
    });
    await tasks.worker().finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { changed: 3, failed: 0 } });
    expect(await chargesTo(running.store, of.organization)).toMatchObject({ charges: 3n * 114_000n });
    expect(await tableFor<'usage'>(running.store, of.organization).get(usageRow, { period: '2026-11' })).toMatchObject({
      included_seconds: 0,
    });
  });
});
