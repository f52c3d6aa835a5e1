import { expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { sequenceRow } from './row.ts';
import { NewSequence, newSequence } from './sequence.ts';
import { createWrites } from './store.ts';

const stores = testStore();

test('the sequences of a closed organization go, and no others', async () => {
  for (const organization of [8_001, 8_002])
    for (const name of ['one', 'two']) {
      const sequence = newSequence(name, NewSequence.parse({}), '2026-01-31T12:00:00.000Z');
      await commit(stores.store, organization, createWrites(sequence, undefined));
    }
  await cascadesIn(stores.store)(8_001, 'org.closed', 'org_8001');
  const left = async (organization: number) =>
    (await tableFor<'sequence'>(stores.store, organization).query(sequenceRow, {})).items.length;
  expect([await left(8_001), await left(8_002)]).toEqual([0, 2]);
});
