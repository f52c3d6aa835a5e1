import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { afterFailure, afterSuccess, newRegistration } from '../../telephony/trunk-registration.ts';
import { commit } from '../commit.ts';
import { tableFor } from '../table.ts';
import { create } from '../write.ts';
import { saveRegistrationResult, trunkRegistrationRow, type TrunkRegistrationItem } from './trunk.ts';

const running = testStore();
const at = '2026-11-20T10:00:00.000Z';

const stored = () => tableFor<'trunk-registration'>(running.store, 1_001).get(trunkRegistrationRow, { id: 'trunk_1' });

test('what a registrar says no more is stored no more, and a failure of a refresh keeps it', async () => {
  const begun: TrunkRegistrationItem = { ...newRegistration(1, at), id: 'trunk_1', call_id: 'c', cseq: 0 };
  await commit(running.store, 1_001, [
    create<'trunk-registration', TrunkRegistrationItem, { id: string }>(trunkRegistrationRow, begun),
  ]);
  const routes = { service_route: ['<sip:a.example;lr>'], associated_uris: ['tel:+46890510'] };
  let before = begun;
  const save = async (after: ReturnType<typeof afterSuccess>) => {
    const item = { ...after, id: 'trunk_1', call_id: 'c', cseq: before.cseq + 1 };
    await commit(running.store, 1_001, [saveRegistrationResult(before, item)]);
    before = item;
    return stored();
  };
  expect(await save(afterSuccess(before, at, 3_600, { routes }))).toMatchObject(routes);
  expect(await save(afterFailure(before, { code: 503, reason: 'Busy', at }))).toMatchObject(routes);
  const after = await save(afterSuccess(before, at, 3_600));
  expect(after).toMatchObject({ state: 'registered', cseq: 3 });
  for (const field of Object.keys(routes)) expect(after).not.toHaveProperty(field);
});
