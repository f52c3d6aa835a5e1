import { eventsOf } from '#test/support/store.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { describe, expect, test } from 'vitest';
import { emailRow } from '#dynamodb/rows/email.ts';
import { logRow } from '#dynamodb/rows/log.ts';
import { tableFor } from '#dynamodb/table.ts';
import { type PolicyFields } from '../schema/policy.ts';
import { evaluator } from './handler.ts';
import { policyOf, type TenantOptions, testEvaluators } from './evaluators.fixture.ts';

const running = testEvaluators();

const tenant = (options?: TenantOptions) => running.tenant(options);

describe('a denied call', () => {
  test('records an event with the policy and the reason', async () => {
    const { decide, settled, organization } = await tenant({
      policies: [policyOf('pol_1', { actions: { allow: false } })],
    });
    await decide({ caller: '+14155550100' });
    await decide({ called: '2' });
    await decide({ dry_run: true });
    await settled();
    expect(
      (await running.eventsOfCalls(organization)).map(({ type, entity, data }) => ({ type, entity, data })),
    ).toEqual([
      {
        type: 'call.denied',
        entity: { type: 'policy', id: 'pol_1' },
        data: {
          called: '18005550100',
          caller: '+14155550100',
          reason: 'POLICY_DENY',
          policy_id: 'pol_1',
          emergency: false,
        },
      },
      {
        type: 'call.denied',
        entity: { type: 'org', id: `org_${organization}` },
        data: { called: '2', caller: null, reason: 'NO_ROUTE', policy_id: null, emergency: false },
      },
    ]);
  });
});

test('a call is answered once its effects are done, as Lambda freezes a function that has answered', async () => {
  const { decide, organization, clock } = await tenant({
    policies: [policyOf('pol_1', { actions: { allow: false } })],
  });
  const written = Promise.withResolvers<undefined>();
  const begun = Promise.withResolvers<undefined>();
  const client: typeof running.store.client = {
    send: async (command) => {
      if (JSON.stringify(command.input).includes('call.denied')) {
        begun.resolve(undefined);
        await written.promise;
      }
      return running.store.client.send(command);
    },
  };
  const handler = evaluator(testDependencies({ ...running.store, client }, { clock }));
  const token = await running.tenants.join(organization);
  let isAnswered = false;
  const answer = call(handler, 'POST /dialplan/evaluate', { token, json: { called: '18005550100' } }).then((given) => {
    isAnswered = true;
    return given;
  });
  await begun.promise;
  // Other calls are answered in the meantime; this one would have been, too.
  for (const called of ['1', '2', '3']) await decide({ called, dry_run: true });
  expect(isAnswered).toBe(false);
  written.resolve(undefined);
  expect(await answer).toMatchObject({ status: 200 });
  expect(await running.eventsOfCalls(organization)).toHaveLength(1);
});

describe('a policy that logs', () => {
  const loggingPolicy = (id: string, fields: Partial<PolicyFields>) =>
    policyOf(id, { ...fields, actions: { allow: true, gateway: 'pstn', log: true, ...fields.actions } });
  const linesOf = async (organization: number) =>
    (
      await tableFor<'log'>(running.store, organization).query(
        logRow,
        { entity: { type: 'org', id: `org_${organization}` } },
        { order: 'asc' },
      )
    ).items;

  test('writes a line with the decision for each call that it decides', async () => {
    const { decide, ask, settled, organization } = await tenant({
      policies: [
        loggingPolicy('pol_1', {}),
        loggingPolicy('pol_2', { conditions: { pattern: '^2' }, actions: { allow: false } }),
        policyOf('pol_3', { conditions: { pattern: '^3' } }),
      ],
    });
    await decide({ caller: '+14155550100', called: '18005550100' });
    await decide({ called: '2' });
    await decide({ called: '3' });
    await decide({ called: '1', dry_run: true });
    await ask('evaluate/batch', { calls: [{ called: '1' }] });
    await settled();
    expect(
      (await linesOf(organization)).map(({ type, level, message, details }) => ({ type, level, message, details })),
    ).toEqual([
      {
        type: 'call',
        level: 'info',
        message: 'Call to 18005550100 allowed by policy pol_1: POLICY_ALLOW',
        details: {
          called: '18005550100',
          caller: '+14155550100',
          user_id: null,
          allowed: true,
          reason: 'POLICY_ALLOW',
          policy_id: 'pol_1',
          policy_version: 1,
          action: 'bridge',
          destination: 'sofia/gateway/pstn/18005550100',
          gateways: ['pstn'],
          emergency: false,
          plan_version: '3',
        },
      },
      {
        type: 'call',
        level: 'warning',
        message: 'Call to 2 denied by policy pol_2: POLICY_DENY',
        details: expect.objectContaining({ called: '2', policy_id: 'pol_2', destination: null }),
      },
    ]);
  });

  test('writes a line for a call that a limit denies', async () => {
    const { decide, settled, organization } = await tenant({
      policies: [loggingPolicy('pol_1', { actions: { allow: true, rate_limit: 1 } })],
    });
    await decide();
    await decide();
    await settled();
    expect((await linesOf(organization)).map(({ details }) => details['reason']).sort()).toEqual([
      'POLICY_ALLOW',
      'RATE_LIMITED',
    ]);
  });
});

describe('a policy that notifies', () => {
  const notify = ['ann@example.com', 'bob@example.com'];
  const notifyingPolicy = (id: string, fields: Partial<PolicyFields> = {}) =>
    policyOf(id, { ...fields, actions: { allow: true, gateway: 'pstn', notify, ...fields.actions } });
  const emailsOf = async (organization: number) =>
    (await tableFor<'email'>(running.store, organization).query(emailRow, {}, { order: 'asc' })).items;
  const queuedIn = async (organization: number) =>
    (await eventsOf(running.store, organization))
      .filter(({ type }) => type === 'email.queued')
      .map(({ entity }) => entity.id);

  test('sends one e-mail per minute, however many processes decide its calls', async () => {
    const { process, clock, organization } = await tenant({ policies: [notifyingPolicy('pol_1')] });
    const processes = [process(), process(), process(), process()];
    const calls = (called: string) =>
      Promise.all(processes.flatMap(({ decide }) => Array.from({ length: 5 }, () => decide({ called }))));
    await calls('18005550100');
    await Promise.all(processes.map(({ settled }) => settled()));
    const [first, ...others] = await emailsOf(organization);
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      status: 'queued',
      to: ['ann@example.com'],
      cc: ['bob@example.com'],
      subject: 'Call allowed by a dial-plan policy',
      template: 'policy_call_log',
      attempts: 0,
      variables: { organization: { id: `org_${organization}` }, called: '18005550100' },
    });
    clock.advance(60);
    await calls('18005550199');
    await Promise.all(processes.map(({ settled }) => settled()));
    const all = await emailsOf(organization);
    expect(all.map(({ variables }) => variables?.['called'])).toEqual(['18005550100', '18005550199']);
    expect(await queuedIn(organization)).toEqual(all.map(({ id }) => id));
  });

  test('notifies of denied calls, and not of dry runs and batches', async () => {
    const { decide, ask, settled, organization } = await tenant({
      policies: [
        notifyingPolicy('pol_1', { conditions: { pattern: '^1' }, actions: { allow: false } }),
        policyOf('pol_2', { conditions: { pattern: '^2' } }),
      ],
    });
    await decide({ called: '1', dry_run: true });
    await ask('evaluate/batch', { calls: [{ called: '1' }] });
    await decide({ called: '2' });
    await decide({ called: '3' });
    await settled();
    expect(await emailsOf(organization)).toEqual([]);
    await decide({ called: '1' });
    await settled();
    expect(await emailsOf(organization)).toMatchObject([{ subject: 'Call denied by a dial-plan policy' }]);
  });

  test('notifies at the next call after the store failed', async () => {
    let away = true;
    const { organization, clock } = await tenant({ policies: [notifyingPolicy('pol_1')] });
    const client: typeof running.store.client = {
      send: (command) =>
        away && JSON.stringify(command.input).includes('notify/')
          ? Promise.reject(new Error('away'))
          : running.store.client.send(command),
    };
    const handler = evaluator({ ...testDependencies({ ...running.store, client }, { clock }) });
    const token = await running.tenants.join(organization);
    for (const called of ['18005550101', '18005550102', '18005550103']) {
      expect(await call(handler, 'POST /dialplan/evaluate', { token, json: { called } })).toMatchObject({
        status: 200,
      });
      await handler.settled();
      away = false;
    }
    expect(await emailsOf(organization)).toMatchObject([{ variables: { called: '18005550102' } }]);
  });
});
