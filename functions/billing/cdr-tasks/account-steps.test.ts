import { describe, expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { contextOf } from '#runtime/background-context.ts';
import { money } from '#schema/money.ts';
import { addAccount, chargesTo, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { tariffCache } from '../cdr-ingest/tariff-cache.ts';
import { NewTask, newTask, type Cursor, type Task } from '../cdr-munch/task.ts';
import { openTaskRun, workOnShard, type TaskRun, type SliceProgress } from './account-steps.ts';
import { cdrTasks } from './contract.ts';

const running = testStore();

let last = 9_800;

/** A new organization with calls to a number without a price, and a task for them. */
async function customer(calls: number, task: Partial<Task> = {}) {
  last += 1;
  const organization = last;
  await addAccount(running.store, organization);
  const records = Array.from({ length: calls }, (_, at) => record(`call-${at}`, { callee: '+442079460000' }));
  if (calls > 0) await startIngestion(running.store).deliver({ m1: messageOf(organization, records) });
  const dependencies = testDependencies(running.store);
  const tools = { context: contextOf(cdrTasks, dependencies), cache: tariffCache(100) };
  const open = async (): Promise<TaskRun> => {
    const created = newTask(NewTask.parse({ task_type: 'process' }), {
      id: 'task_1',
      org_id: organization,
      target: { of: 'one', organization },
      estimated: calls,
      created_by: 'usr_1',
      now: dependencies.now,
    });
    const run = await openTaskRun(organization, { ...created, ...task }, tools);
    if (run === null) throw new Error('the organization does not exist');
    return run;
  };
  const cursor: Cursor = { organization, shard: 0, after: '' };
  const progress = (maxCdrs = 500): SliceProgress => ({
    outcomes: [],
    deadline: dependencies.now.getTime(),
    maxCdrs,
  });
  return { organization, dependencies, tools, open, cursor, progress };
}

describe('a run', () => {
  test('does not exist for an organization that does not exist', async () => {
    const { tools, open } = await customer(0);
    expect(await openTaskRun(4_242, (await open()).task, tools)).toBeNull();
  });

  test('does not open for a task that names a deleted tariff', async () => {
    const { open } = await customer(0, { tariff_id: 'trf_none' });
    await expect(open()).rejects.toMatchObject({ code: 'UNKNOWN_TARIFF' });
  });
});

describe('work on a shard', () => {
  test('ends where there are no more CDRs', async () => {
    const { open, cursor, progress } = await customer(0);
    expect(await workOnShard(await open(), cursor, progress())).toBeNull();
  });

  test('goes on after the last CDR, up to the maximum of its slice', async () => {
    const { organization, open, cursor, progress } = await customer(3);
    const [run, two] = [await open(), progress(2)];
    const next = await workOnShard(run, cursor, two);
    expect(two.outcomes).toEqual([{ outcome: 'unchanged' }, { outcome: 'unchanged' }]);
    expect(next).toMatchObject({ organization, shard: 0, after: expect.stringMatching(/^2026-11-15T10:30:00Z#cdr_/) });
    const rest = progress();
    const end = await workOnShard(run, next ?? cursor, rest);
    expect(rest.outcomes).toHaveLength(1);
    expect(await workOnShard(run, end ?? cursor, progress())).toBeNull();
  });

  test('begins no CDR after the deadline', async () => {
    const { dependencies, open, cursor, progress } = await customer(2);
    const [run, late] = [await open(), progress()];
    dependencies.now = new Date(late.deadline + 1);
    expect(await workOnShard(run, cursor, late)).toEqual(cursor);
    expect(late.outcomes).toEqual([]);
  });

  test('changes nothing in a dry run, and reports what would change', async () => {
    const { organization, open, cursor, progress } = await customer(1, { task_type: 'reprocess', dry_run: true });
    const run = await open();
    const profile = run.terms.account.profile;
    if (profile === null) throw new Error('the organization has no profile');
    const rates = { ...profile.rates, internationalCallRate: money(60_000n) };
    const account = { ...run.terms.account, profile: { ...profile, rates } };
    const dry = progress();
    await workOnShard({ ...run, terms: { ...run.terms, account } }, cursor, dry);
    expect(dry.outcomes).toMatchObject([
      { outcome: 'changed', before: { status: 'unrated' }, after: { charge: '0.3420' } },
    ]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 0n });
  });
});
