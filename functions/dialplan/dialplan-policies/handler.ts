import { found, notFound } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Caller } from '#http/authorization/caller.ts';
import type { Context, Request } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import { newConfirmation } from '#mail/confirmation.ts';
import { noticeWarnings, addressesToAsk } from '#schema/notice-recipients.ts';
import { queuedDetails } from '#schema/email.ts';
import { omit } from '#schema/omit.ts';
import {
  createPolicy,
  deletePolicy,
  dialplanPolicies,
  getPolicy,
  listPolicies,
  restorePolicy,
  updatePolicy,
} from './contract.ts';
import { gatewaysToResolve, type Policy } from '../schema/policy.ts';
import { gatewaysOf } from '../schema/policy.ts';
import { gatewaysNamedIn, groupsNamedIn, prepareRestoration } from './policy-restore.ts';
import {
  emergencyCheck,
  prepareCreation,
  prepareDeletion,
  prepareUpdate,
  presentHistory,
  presentListItem,
  presentPolicy,
  type PolicyDeletion,
  type PolicySave,
} from './policy-save.ts';
import { askWrites } from '../../billing/rows/notice-recipients.ts';
import { createWrites, deleteWrites, policyStore, unlistWrites, updateWrites } from './store.ts';
import type { DialplanTemplate } from '../schema/dialplan-template.ts';

type PolicyContext = Context<typeof dialplanPolicies>;
type Store = ReturnType<typeof policyStore>;

const entityOf = ({ id }: Policy) => ({ type: 'policy', id });

const authorOf = (caller: Caller, now: Date, nextId: Dependencies['nextId']) => ({
  id: caller.id,
  username: caller.username,
  at: now.toISOString(),
  entryId: nextId('hist'),
});

/** The organization's country, and the groups and gateways behind the names in a save. */
async function saveContext(
  store: Store,
  { country }: { readonly country: string },
  named: { readonly groups: readonly string[]; readonly gateways: readonly string[] },
) {
  const [groups, gateways] = await Promise.all([store.groupsNamed(named.groups), store.gatewaysNamed(named.gateways)]);
  return { country, groups, gateways };
}

type Check = ReturnType<typeof emergencyCheck>;

/** Warnings about emergency numbers that a save leaves without a way. The plan is read only if it matters. */
const runCheck = async (check: Check, edited: () => ReturnType<Store['editedPlan']>): Promise<readonly string[]> =>
  check === null ? [] : check(await edited());

type Change = { readonly before: Policy | undefined; readonly save: PolicySave };

/** The save with these warnings. */
async function warnOfEmergencies(
  store: Store,
  plan: Awaited<ReturnType<Store['plan']>>,
  locale: Parameters<typeof emergencyCheck>[2],
  { before, save }: Change,
): Promise<PolicySave> {
  const check = emergencyCheck(before, save.policy, locale);
  const warnings = await runCheck(check, () => store.editedPlan(plan, save.edit));
  return { ...save, warnings: [...save.warnings, ...warnings] };
}

/** The id in a body; a body without one fails its schema. */
const idIn = ({ id }: Readonly<Record<string, unknown>>, body: () => { readonly id: string }): string =>
  typeof id === 'string' && id !== '' ? id : body().id;

/** The answer to an update or a restore. */
async function savedAnswer(store: Store, { policy }: PolicySave, message: string, warnings: readonly string[]) {
  const groups = await store.groupsResolved([policy]);
  return ok({ policy: presentPolicy(policy, groups) }, { message, warnings, version: policy.version });
}

type Saving = Pick<Request<typeof createPolicy>, 'now' | 'organization' | 'record'>;

/** Asks the addresses of a policy that were not asked yet, and warns of those that get no notice. */
async function askRecipients(
  store: Store,
  { policy, warnings }: PolicySave,
  { now, organization, record }: Saving,
  { nextId, environment }: PolicyContext,
) {
  const { notify = [] } = policy.actions;
  if (notify.length === 0) return { warnings, writes: [] };
  const recipients = await store.recipientsAmong(notify);
  const writes = addressesToAsk(notify, recipients).flatMap((address) => {
    const asked = newConfirmation(address, {
      id: nextId('eml'),
      organization: organization.org_id,
      url: environment['PUBLIC_URL'] ?? '',
      now,
    });
    return [...askWrites(asked), record('email.queued', queuedDetails(asked.email))];
  });
  return { warnings: [...warnings, ...noticeWarnings('notify', notify, recipients)], writes };
}

async function list({ query, page: request }: Request<typeof listPolicies>, { table }: PolicyContext) {
  const store = policyStore(table);
  const policies = await store.page(
    request(),
    (policy) => query.status === undefined || policy.status === query.status,
  );
  const groups = await store.groupsResolved(policies.items);
  return page({ ...policies, items: policies.items.map((policy) => presentListItem(policy, groups)) });
}

async function get({ query }: Request<typeof getPolicy>, { table }: PolicyContext) {
  const store = policyStore(table);
  const policy = found(await store.get(query.id), 'Policy');
  const history =
    query.include_history === true ? { history: presentHistory(await store.earlierVersions(policy)) } : {};
  return ok(
    { policy: { ...presentPolicy(policy, await store.groupsResolved([policy])), ...history } },
    { version: policy.version },
  );
}

async function create(request: Request<typeof createPolicy>, context: PolicyContext) {
  const { body, caller, now, organization, record } = request;
  const { table, nextId } = context;
  const store = policyStore(table);
  const plan = await store.plan(record);
  const fields = omit(body(), 'org_id');
  const references = await saveContext(store, organization, {
    groups: fields.conditions.user_groups ?? [],
    gateways: gatewaysOf(fields.actions),
  });
  const prepared = prepareCreation(fields, nextId('pol'), references, authorOf(caller, now, nextId));
  const save = await warnOfEmergencies(store, plan, organization, { before: undefined, save: prepared });
  const { policy } = save;
  const asking = await askRecipients(store, save, request, context);
  const writes = [...createWrites(plan, save), ...asking.writes];
  const event = record('policy.created', {
    entity: entityOf(policy),
    description: `Policy ${policy.name} created`,
    after: policy,
  });
  return commits(
    [...writes, event],
    created(
      { policy: presentPolicy(policy) },
      { message: 'Policy created successfully', warnings: asking.warnings, version: policy.version },
    ),
  );
}

async function update(request: Request<typeof updatePolicy>, context: PolicyContext) {
  const { content, body, caller, now, organization, record, pinnedVersion } = request;
  const { table, nextId } = context;
  const store = policyStore(table);
  const plan = await store.plan(record);
  const before = found(await store.get(idIn(content, body)), 'Policy');
  const changes = body();
  const references = await saveContext(store, organization, {
    groups: changes.conditions?.user_groups ?? [],
    gateways: gatewaysToResolve(before, changes),
  });
  const prepared = prepareUpdate(before, changes, references, authorOf(caller, now, nextId));
  assertPinnedVersion(before, pinnedVersion);
  const save = await warnOfEmergencies(store, plan, organization, { before, save: prepared });
  const writes = updateWrites(plan, before, save);
  const event = record('policy.updated', {
    entity: entityOf(save.policy),
    description: `Policy ${save.policy.name} updated`,
    before,
    after: save.policy,
  });
  const { warnings, writes: asking } = await askRecipients(store, save, request, context);
  return commits(
    [...writes, ...asking, event],
    await savedAnswer(store, save, 'Policy updated successfully', warnings),
  );
}

async function restore(request: Request<typeof restorePolicy>, context: PolicyContext) {
  const { content, body, headers, caller, now, organization, record, pinnedVersion } = request;
  const { table, nextId } = context;
  const store = policyStore(table);
  const plan = await store.plan(record);
  const id = idIn(content, body);
  const before = await store.get(id);
  const archived = await store.archivedVersions(id, Number(content['version']));
  if (archived === undefined) throw notFound(before === undefined ? 'Policy' : 'Version');
  body();
  // `version` of the body names the version to restore, so only If-Match pins the present one.
  if (before !== undefined && headers['if-match'] !== undefined) assertPinnedVersion(before, pinnedVersion);
  const references = await saveContext(store, organization, {
    groups: groupsNamedIn(archived),
    gateways: gatewaysNamedIn(archived),
  });
  const prepared = prepareRestoration(before, archived, references, authorOf(caller, now, nextId));
  const save = await warnOfEmergencies(store, plan, organization, { before, save: prepared });
  const writes = before === undefined ? createWrites(plan, save) : updateWrites(plan, before, save);
  const event = record('policy.restored', {
    entity: entityOf(save.policy),
    description: `Policy ${save.policy.name} restored to version ${archived.wanted.version}`,
    before: before ?? archived.newest.snapshot,
    after: save.policy,
  });
  const { warnings, writes: asking } = await askRecipients(store, save, request, context);
  return commits(
    [...writes, ...asking, event],
    await savedAnswer(store, save, 'Policy restored successfully', warnings),
  );
}

/** Removes a deleted policy from the list of the template, with the event. */
const unlist = (
  record: Request<typeof deletePolicy>['record'],
  policy: Policy,
  before: DialplanTemplate,
  save: NonNullable<PolicyDeletion['template']>,
) => [
  ...unlistWrites(before, save),
  record('template.updated', {
    entity: { type: 'template', id: before.id },
    description: `Policy ${policy.name} removed from template ${before.name}`,
    before: { policies: before.policies },
    after: { policies: save.template.policies },
  }),
];

async function remove(
  { query, caller, now, organization, record, pinnedVersion }: Request<typeof deletePolicy>,
  { table, nextId }: PolicyContext,
) {
  const store = policyStore(table);
  const plan = await store.plan(record);
  const policy = assertPinnedVersion(found(await store.get(query.id), 'Policy'), pinnedVersion);
  const template = await store.template();
  const deletion = prepareDeletion(
    policy,
    { template, force: query.force === true, templateEntryId: nextId('hist') },
    authorOf(caller, now, nextId),
  );
  const unlisting =
    template === undefined || deletion.template === null ? [] : unlist(record, policy, template, deletion.template);
  const check = emergencyCheck(policy, undefined, organization);
  const warnings = await runCheck(check, () => store.editedPlan(plan, deletion.edit));
  const writes = deleteWrites(plan, policy, deletion);
  const event = record('policy.deleted', {
    entity: entityOf(policy),
    description: `Policy ${policy.name} deleted`,
    before: policy,
  });
  return commits(
    [...writes, ...unlisting, event],
    ok({ deleted_policy_id: policy.id }, { message: 'Policy deleted successfully', warnings }),
  );
}

export const policyApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanPolicies,
    {
      [listPolicies.route]: list,
      [getPolicy.route]: get,
      [createPolicy.route]: create,
      [updatePolicy.route]: update,
      [restorePolicy.route]: restore,
      [deletePolicy.route]: remove,
    },
    dependencies,
  );

export const handler = policyApi();
