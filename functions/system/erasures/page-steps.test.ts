import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { hideRecord } from '#dynamodb/rows/legal-hold.ts';
import { tableFor } from '#dynamodb/table.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { instants, otherParty, storeRecords } from '../purges/records.fixture.ts';
import { afterPage, erasedClasses, newErasure, type Erasure } from './erasure.ts';
import { openErasure, type ErasurePage } from './page-steps.ts';

const running = testStore();

/** All pages of an erasure that writes nothing. */
async function pagesOf(organization: number, person: { readonly user_id: string }): Promise<ErasurePage[]> {
  const read = openErasure({ table: tableFor(running.store, organization), environment: {}, person });
  const pages: ErasurePage[] = [];
  let erasure: Erasure = newErasure('erasure_1', true, noon);
  for (let page = await read(erasure); page !== null; page = await read(erasure)) {
    pages.push(page);
    erasure = afterPage(erasure, page.reportLines, page.next);
  }
  expect(erasure.place).toEqual({ class: erasedClasses.length, source: 0, after: null });
  return pages;
}

test('each class is read once, page by page, and then what is hidden', async () => {
  await addAccount(running.store, 8_701);
  for (const of of ['email', 'logs'] as const) {
    const wanted = instants(250, noon, 100).map((at, index) => ({ at, index, party: otherParty }));
    await storeRecords(running.store, 8_701, of, wanted);
  }
  const facts = {
    at: noon.toISOString(),
    users: [otherParty.user],
    parties: [],
    entities: [],
    direction: null,
    text: '',
  };
  const hidden = Array.from({ length: 120 }, (_, at) =>
    hideRecord('email', { id: `eml_${at}`, facts, record: {} }, noon),
  );
  await commit(running.store, 8_701, hidden.slice(0, 60));
  await commit(running.store, 8_701, hidden.slice(60));
  const pages = await pagesOf(8_701, { user_id: otherParty.user });
  const found = pages.flatMap(({ reportLines }) => reportLines);
  const classes = found.map(({ class: of }) => of);
  expect([classes.indexOf('logs'), classes.lastIndexOf('email'), classes.length]).toEqual([370, 369, 620]);
  expect(found.filter(({ state }) => state === 'held')).toHaveLength(120);
  expect(new Set(found.map(({ id }) => id)).size).toBe(620);
});

const how = { now: noon, record: () => fail('e-mails have no events'), why: '', forever: true };
const fail = (why: string): never => {
  throw new Error(why);
};

test('only a page with records to erase has writes, of which the check of holds is the first', async () => {
  await addAccount(running.store, 8_702);
  await storeRecords(running.store, 8_702, 'email', [{ at: instants(1, noon, 9)[0]!, index: 1, party: otherParty }]);
  const [other, own] = [await pagesOf(8_702, { user_id: 'usr_1' }), await pagesOf(8_702, { user_id: otherParty.user })];
  expect(other.flatMap((page) => page.writes(how))).toEqual([]);
  const writes = own.map((page) => page.writes(how)).filter(({ length }) => length > 0);
  expect(writes).toHaveLength(1);
  expect(writes[0]?.map(({ asksHoldsOn, removes }) => asksHoldsOn ?? removes)).toEqual(['email', 'email']);
});
