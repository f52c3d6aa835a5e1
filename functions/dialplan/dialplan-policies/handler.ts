import { notFound } from '../../../shared/errors.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import {
  deletePolicy,
  dialplanPolicies,
  getPolicy,
  listPolicies,
  postPolicy,
  putPolicy,
  restorePolicy,
} from './contract.ts';
import { gatewaysConcerned, gatewaysOf, type Policy } from './policy.ts';
import { gatewaysNamedIn, groupsNamedIn, policyRestoration } from './restoring.ts';
import {
  policyChange,
  policyCreation,
  policyDeletion,
  presentHistory,
  presentListed,
  presentPolicy,
} from './saving.ts';
import { creation, policyStore, removal, unlisting, update } from './store.ts';

const present = (policy: Policy | undefined): Policy => {
  if (policy === undefined) throw notFound('Policy');
  return policy;
};

const entityOf = ({ id }: Policy) => ({ type: 'policy', id });

const authorOf = (caller: Caller, now: Date, nextId: Dependencies['nextId']) => ({
  id: caller.id,
  username: caller.username,
  at: now.toISOString(),
  entryId: nextId('hist'),
});

async function createPolicy(
  { body, caller, now, organization, record }: Request<typeof putPolicy>,
  { table, nextId }: Context<typeof dialplanPolicies>,
) {
  const store = policyStore(table);
  const plan = await store.plan(record);
  const { org_id: _, ...fields } = body();
  const [groups, gateways] = await Promise.all([
    store.groupsNamed(fields.conditions.user_groups ?? []),
    store.gatewaysNamed(gatewaysOf(fields.actions)),
  ]);
  const save = policyCreation(
    fields,
    nextId('pol'),
    { country: organization.country, groups, gateways },
    authorOf(caller, now, nextId),
  );
  const { policy, warnings } = save;
  return commits(
    [
      ...creation(plan, save),
      record('policy.created', {
        entity: entityOf(policy),
        description: `Policy ${policy.name} created`,
        after: policy,
      }),
    ],
    created(
      { policy: presentPolicy(policy) },
      { message: 'Policy created successfully', warnings, version: policy.version },
    ),
  );
}

/** The policy that a body names; where it names none, what it says instead is refused. */
const idIn = ({ id }: Readonly<Record<string, unknown>>, body: () => { readonly id: string }): string =>
  typeof id === 'string' && id !== '' ? id : body().id;

async function restore(
  { content, body, headers, caller, now, organization, record, pinnedVersion }: Request<typeof restorePolicy>,
  { table, nextId }: Context<typeof dialplanPolicies>,
) {
  const store = policyStore(table);
  const plan = await store.plan(record);
  const id = idIn(content, body);
  const before = await store.get(id);
  const past = await store.past(id, Number(content['version']));
  if (past === undefined) throw notFound(before === undefined ? 'Policy' : 'Version');
  body();
  // The body's version is the one that is to come back.
  if (before !== undefined && headers['if-match'] !== undefined) pinned(before, pinnedVersion);
  const [groups, gateways] = await Promise.all([
    store.groupsNamed(groupsNamedIn(past)),
    store.gatewaysNamed(gatewaysNamedIn(past)),
  ]);
  const save = policyRestoration(
    before,
    past,
    { country: organization.country, groups, gateways },
    authorOf(caller, now, nextId),
  );
  const { policy, warnings } = save;
  const writes = before === undefined ? creation(plan, save) : update(plan, before, save);
  return commits(
    [
      ...writes,
      record('policy.restored', {
        entity: entityOf(policy),
        description: `Policy ${policy.name} restored to version ${past.wanted.version}`,
        before: before ?? past.newest.snapshot,
        after: policy,
      }),
    ],
    ok(
      { policy: presentPolicy(policy, await store.groupsRemembered([policy])) },
      { message: 'Policy restored successfully', warnings, version: policy.version },
    ),
  );
}

export const policyApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanPolicies,
    {
      [listPolicies.route]: async ({ query, page: request }, { table }) => {
        const store = policyStore(table);
        const found = await store.page(
          request(),
          (policy) => query.status === undefined || policy.status === query.status,
        );
        const groups = await store.groupsRemembered(found.items);
        return page({ ...found, items: found.items.map((policy) => presentListed(policy, groups)) });
      },

      [getPolicy.route]: async ({ query }, { table }) => {
        const store = policyStore(table);
        const policy = present(await store.get(query.id));
        const history =
          query.include_history === true ? { history: presentHistory(await store.earlierVersions(policy)) } : {};
        return ok(
          { policy: { ...presentPolicy(policy, await store.groupsRemembered([policy])), ...history } },
          { version: policy.version },
        );
      },

      [putPolicy.route]: createPolicy,

      [postPolicy.route]: async (
        { content, body, caller, now, organization, record, pinnedVersion },
        { table, nextId },
      ) => {
        const store = policyStore(table);
        const plan = await store.plan(record);
        const before = present(await store.get(idIn(content, body)));
        const wanted = body();
        const [groups, gateways] = await Promise.all([
          store.groupsNamed(wanted.conditions?.user_groups ?? []),
          store.gatewaysNamed(gatewaysConcerned(before, wanted)),
        ]);
        const save = policyChange(
          before,
          wanted,
          { country: organization.country, groups, gateways },
          authorOf(caller, now, nextId),
        );
        pinned(before, pinnedVersion);
        const { policy, warnings } = save;
        return commits(
          [
            ...update(plan, before, save),
            record('policy.updated', {
              entity: entityOf(policy),
              description: `Policy ${policy.name} updated`,
              before,
              after: policy,
            }),
          ],
          ok(
            { policy: presentPolicy(policy, await store.groupsRemembered([policy])) },
            { message: 'Policy updated successfully', warnings, version: policy.version },
          ),
        );
      },

      [restorePolicy.route]: restore,

      [deletePolicy.route]: async ({ query, caller, now, record, pinnedVersion }, { table, nextId }) => {
        const store = policyStore(table);
        const plan = await store.plan(record);
        const policy = pinned(present(await store.get(query.id)), pinnedVersion);
        const template = await store.template();
        const deletion = policyDeletion(
          policy,
          { template, force: query.force === true, templateEntryId: nextId('hist') },
          authorOf(caller, now, nextId),
        );
        const unlisted =
          template === undefined || deletion.template === null
            ? []
            : [
                ...unlisting(template, deletion.template),
                record('template.updated', {
                  entity: { type: 'template', id: template.id },
                  description: `Policy ${policy.name} taken off template ${template.name}`,
                  before: { policies: template.policies },
                  after: { policies: deletion.template.template.policies },
                }),
              ];
        return commits(
          [
            ...removal(plan, policy, deletion),
            ...unlisted,
            record('policy.deleted', {
              entity: entityOf(policy),
              description: `Policy ${policy.name} deleted`,
              before: policy,
            }),
          ],
          ok({ deleted_policy_id: policy.id }, { message: 'Policy deleted successfully' }),
        );
      },
    },
    dependencies,
  );

export const handler = policyApi();
