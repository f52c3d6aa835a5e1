import { expect, test } from 'vitest';
import { addAccount } from '#functions/billing/cdr-ingest/ingest.fixture.ts';
import { purgeKilled } from '../support/purge-jobs.fixture.ts';
import { recordClasses } from '#schema/record-class.ts';
import { testStore } from '../support/store.fixture.ts';

/** `npm test` has 600. */
const records = Number(process.env['RECORDS'] ?? 100_000);

const running = testStore();

test.each(recordClasses)(
  `a purge of ${records} records of %s that is killed 20 times (npm run soak -- purges)`,
  async (of) => {
    const organization = 9_000 + recordClasses.indexOf(of);
    await addAccount(running.store, organization);
    const { died, expected, stored, counted, result } = await purgeKilled(running.store, organization, of, {
      records,
      kills: 20,
    });
    expect(died).toBe(20);
    for (const numbers of stored.values()) expect(numbers.toSorted((one, other) => one - other)).toEqual(expected);
    expect(result).toMatchObject({ ...counted, dry_run: false, status: 'done', to_delete: records - expected.length });
  },
);
