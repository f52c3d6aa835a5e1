import { expect, test } from 'vitest';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { tableFor } from '#dynamodb/table.ts';
import { found } from '#errors.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { evaluate, newProcess } from './decision-steps.ts';
import { policyOf, testEvaluators } from './evaluators.fixture.ts';

const running = testEvaluators();

test.each([
  [true, []],
  [false, ['call.denied']],
])('the effects of a decision are done when it resolves; a dry run (%s) has none', async (dryRun, events) => {
  const { organization: id, clock } = await running.tenant({
    policies: [policyOf('pol_1', { actions: { allow: false } })],
  });
  const { store, nextId } = testDependencies(running.store);
  const table = tableFor<string>(store, id);
  const organization = found(await table.get(organizationRow, {}), 'Organization');
  const now = clock.now();
  const deciding = {
    organization,
    now,
    record: recorder({ origin: systemOrigin, organization: id, now, nextId }),
    by: { owner: 'usr_1', changesOthers: false },
    reserves: true,
  };
  const { decision } = await evaluate(
    newProcess(
      (error) => expect.fail(String(error)),
      () => noon,
    ),
    deciding,
    { table, tableOf: (of) => tableFor(store, of), store, nextId },
    { called: '18005550100', userId: undefined, at: now.toISOString(), dryRun, callId: undefined },
  );
  expect(decision).toMatchObject({ allowed: false, reason: 'POLICY_DENY' });
  expect((await running.eventsOfCalls(id)).map(({ type }) => type)).toEqual(events);
});
