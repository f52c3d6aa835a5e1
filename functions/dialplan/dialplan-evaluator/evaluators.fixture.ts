import type { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ofFile } from '#test/support/of-file.ts';
import { call } from '#test/support/requests.fixture.ts';
import { manualClock, testDependencies, noon } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { startStore, eventsOf } from '#test/support/store.fixture.ts';
import type { Sender } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, create, type Write } from '#dynamodb/write.ts';
import { found } from '#errors.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { amountOf } from '#schema/money.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { newPolicy, type Policy, type PolicyFields } from '../schema/policy.ts';
import { policyRow } from '../rows/policy.ts';
import { callDecider, type DecidableCall } from './decider-steps.ts';
import { evaluator } from './handler.ts';
import type { PlanGateway } from '../plan/gateways.ts';
import { planPolicy, type PlanEdit } from '../plan/plan.ts';
import { planEditWrites, readPlan } from '../plan/row.ts';
import type { PlanTemplate } from '../plan/template.ts';

/** Organizations with a plan and an account in a store of their own, and evaluators that decide their calls. */

type Decision = {
  readonly allowed: boolean;
  readonly reason: string;
  readonly destination: string | null;
  readonly limits: {
    readonly max_duration: number | null;
    readonly rate_limit: { readonly remaining: number } | null;
    readonly reservation: { readonly call_id: string; readonly amount: string } | null;
  };
};

export type Answer = {
  readonly decision: Decision;
  readonly results: readonly Decision[];
  readonly changed?: readonly unknown[];
  readonly summary?: unknown;
  readonly error: { readonly code: string };
};

export const answerIn = ({ body }: { readonly body: unknown }): Answer => body as Answer;

/** An active policy that allows numbers with 1 over the gateway pstn. */
export const policyOf = (id: string, fields: Partial<PolicyFields>): Policy =>
  newPolicy(
    {
      name: id,
      description: undefined,
      status: 'active',
      priority: 10,
      conditions: { pattern: '^1' },
      actions: { allow: true, gateway: 'pstn' },
      ...fields,
    },
    id,
    { group_ids: {} },
    { by: 'usr_1', at: noon.toISOString() },
  );

export const limitedTo = (rate_limit: number, more: Partial<PolicyFields['actions']> = {}): Policy =>
  policyOf('pol_1', { actions: { allow: true, gateway: 'pstn', rate_limit, ...more } });

export type TenantOptions = {
  readonly policies?: readonly Policy[];
  readonly template?: PlanTemplate;
  readonly gateways?: readonly PlanGateway[];
  readonly organization?: Partial<OrganizationItem>;
  readonly profile?: Partial<BillingProfile>;
  readonly balance?: string;
  /** Price of a minute of calls to its numbers. Default: they are free. */
  readonly inbound?: number;
};

/** Evaluators with a store for all tests of a file. */
export const testEvaluators = () => ofFile(startEvaluators, ({ stop }) => stop());

async function startEvaluators() {
  const { store, stop } = await startStore();
  const tenants = await tenantsIn(store);
  let last = 5_000;

  async function saveEdit(organization: number, edit: PlanEdit, stored: readonly Write<'policy'>[]): Promise<void> {
    const plan = await readPlan(
      tableFor<'planhead'>(store, organization),
      recorder({ origin: systemOrigin, organization, now: noon, nextId: testDependencies().nextId }),
    );
    const policies = stored.length === 0 ? 0 : 1;
    await commit(store, organization, [...stored, ...planEditWrites(plan, edit, { policies })]);
  }

  /** An organization, and evaluator processes for it. */
  async function tenant({
    policies = [policyOf('pol_1', {})],
    template,
    gateways = [],
    organization: more = {},
    profile = {},
    balance,
    inbound,
  }: TenantOptions = {}) {
    const organization = (last += 1);
    const token = await tenants.join(organization, { organization: more });
    await addAccount(store, organization, { ...more, profile, ...(inbound !== undefined && { inbound }) });
    for (const policy of policies)
      await saveEdit(organization, { kind: 'policy-put', policy: planPolicy(policy) }, [create(policyRow, policy)]);
    if (gateways.length > 0) await saveEdit(organization, { kind: 'gateways-put', gateways }, []);
    if (template !== undefined) await saveEdit(organization, { kind: 'template-put', template }, []);
    if (balance !== undefined)
      await commit(store, organization, [change(creditRow, {}, { add: { credits: amountOf(balance) } })]);
    const clock = manualClock(noon.toISOString());
    const process = () => {
      let storeCalls = 0;
      const client = {
        send: (command: unknown) => {
          storeCalls += 1;
          return store.client.send(command as GetItemCommand);
        },
      } as Sender;
      const handler = evaluator(testDependencies({ ...store, client }, { clock }));
      const ask = async (
        route: 'evaluate' | 'evaluate/batch',
        json: object,
      ): Promise<Answer & { readonly status: number }> => {
        const { status, body } = await call(handler, `POST /dialplan/${route}`, { token, json });
        return { status, ...answerIn({ body }) };
      };
      return {
        ask,
        settled: handler.settled,
        /** Number of calls of the store so far. */
        storeCalls: () => storeCalls,
        decide: async (json: object = {}) => (await ask('evaluate', { called: '18005550100', ...json })).decision,
      };
    };
    return { organization, clock, process, ...process() };
  }

  /** The events of an organization, without those of its plan. */
  const eventsOfCalls = async (organization: number) =>
    (await eventsOf(store, organization)).filter(({ type }) => type !== 'plan.published');

  /** The decider of the SIP service for a tenant, and its calls. */
  async function deciderFor(options: TenantOptions = {}) {
    const of = await tenant(options);
    const { nextId } = testDependencies(store);
    const item = found(await tableFor<'organization'>(store, of.organization).get(organizationRow, {}), 'Organization');
    const newDecider = () =>
      callDecider({
        store,
        nextId,
        tableOf: (organization) => tableFor(store, organization),
        clock: () => of.clock.now(),
        random: Math.random,
        recorderOf: (organization) => recorder({ origin: systemOrigin, organization, now: of.clock.now(), nextId }),
        onFailure: (error) => {
          throw error;
        },
      });
    const call = (more: Partial<DecidableCall> = {}): DecidableCall => ({
      organization: item,
      callId: 'call_1',
      called: '14155550100',
      caller: '+14155550101',
      userId: undefined,
      reserves: true,
      ...more,
    });
    return { ...of, decider: newDecider(), other: newDecider(), item, call };
  }

  return { store, tenants, tenant, deciderFor, eventsOfCalls, stop };
}
