import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { outsiderCodeContext, outsiderRow, personKeyRow } from '../../platform/rows/person-key.ts';
import { interrupted } from '../purge-jobs/purge-jobs.fixture.ts';
import { aroundErasure, erasePerson } from './erasures.fixture.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

const number = '+4930123456';
let organizations = 8_950;
async function newOrganization(): Promise<number> {
  organizations += 1;
  await addAccount(running.store, organizations);
  return organizations;
}

describe('the event log', () => {
  const keyOf = (person: string, org_id: number) => ({ person, org_id, sealed: 'sealed' });
  const keysOf = async (person: string) =>
    (await tableFor<'personkey'>(running.store, 8_000).query(personKeyRow, { person })).items.length;

  test('forgets a user in all organizations, unless a hold keeps entries', async () => {
    const organization = await newOrganization();
    const person = `usr_gone${organization}`;
    const keys = [organization, organization + 1_000].map((of) => create(personKeyRow, keyOf(person, of)));
    await commit(running.store, organization, keys);
    const dry = await erasePerson(running.store, organization, { user_id: person }, { erase: false });
    expect([dry.report.event_log, await keysOf(person)]).toEqual(['forgotten', 2]);
    const release = await hold(running.store, organization, ['eventlog'], { user_ids: ['usr_other'] });
    const held = await erasePerson(running.store, organization, { user_id: person });
    expect([held.report.event_log, await keysOf(person)]).toEqual(['held', 2]);
    await release();
    const erased = await erasePerson(running.store, organization, { user_id: person });
    expect([erased.report.event_log, await keysOf(person)]).toEqual(['forgotten', 0]);
  });

  test('forgets a number', async () => {
    const organization = await newOrganization();
    const around = aroundErasure();
    const code = await sealsFrom(around.secrets).lookupCode(number, outsiderCodeContext(organization));
    await commit(running.store, organization, [
      create(outsiderRow, { code, person: 'prs_eve', erased_at: null }),
      create(personKeyRow, keyOf('prs_eve', organization)),
    ]);
    await erasePerson(running.store, organization, { number }, { around });
    expect(await keysOf('prs_eve')).toBe(0);
    const table = tableFor<'outsider'>(running.store, organization);
    expect(await table.get(outsiderRow, { code })).toMatchObject({ person: null });
  });

  test('keeps the key if a hold is placed while it is deleted', async () => {
    const organization = await newOrganization();
    const person = `usr_late${organization}`;
    await commit(running.store, organization, [create(personKeyRow, keyOf(person, organization))]);
    const store = interrupted(running.store, 2, () => hold(running.store, organization, ['eventlog']));
    await expect(erasePerson(store, organization, { user_id: person })).rejects.toThrow('a job failed');
    expect(await keysOf(person)).toBe(1);
  });
});
