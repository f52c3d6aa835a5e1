import { AppError, found } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { foldText } from '#schema/searched-text.ts';
import { systemErrors } from '../errors.ts';
import { assertUsersOfRecords } from '../rows/users-of-records.ts';
import { exports, newPolicy, presentPolicy, replacePolicy, type StoredPolicy } from './archiving-policy.ts';
import {
  archivingPolicies,
  deleteArchivingPolicy,
  getArchivingPolicy,
  listArchivingPolicies,
  saveArchivingPolicy,
} from './contract.ts';
import { createWrites, deleteWrites, policyStore, prefetch, replaceWrites } from './store.ts';

type PoliciesContext = Context<typeof archivingPolicies>;
type SaveRequest = Request<typeof saveArchivingPolicy>;

const entityOf = ({ id }: StoredPolicy) => ({ type: 'archivingpolicy', id });

/** @throws AppError NOT_FOUND */
const findPolicy = async ({ table }: PoliciesContext, id: string): Promise<StoredPolicy> =>
  found(await policyStore(table).get(id), 'Archiving policy');

/** @throws AppError ARCHIVING_NOT_PROVISIONED if it archives and there is no archive */
async function assertProvisioned(policy: StoredPolicy, { table }: PoliciesContext): Promise<void> {
  if (!exports(policy) || (await policyStore(table).isProvisioned())) return;
  const message = `${policy.action} needs an archive; see /archiving/provisioning`;
  throw new AppError(systemErrors.ARCHIVING_NOT_PROVISIONED, `action ${message}`, {
    details: [{ path: 'action', message }],
  });
}

async function list(request: Request<typeof listArchivingPolicies>, { table }: PoliciesContext) {
  const { query, page: pageOf, organization } = request;
  const text = foldText(query.q ?? '');
  const policies = await policyStore(table).page(
    pageOf(),
    ({ name, class: of }) => foldText(name).includes(text) && (query.class === undefined || query.class === of),
  );
  return page({ ...policies, items: policies.items.map((each) => presentPolicy(each, organization.org_id)) });
}

async function create({ body, organization, now, record }: SaveRequest, context: PoliciesContext) {
  const policy = newPolicy(body(), { id: context.nextId('arp'), now: now.toISOString() });
  await assertUsersOfRecords(context.table, policy);
  await assertProvisioned(policy, context);
  const details = { entity: entityOf(policy), description: `Archiving policy ${policy.name} created`, after: policy };
  return commits(
    [...createWrites(policy), record('archiving.policy_created', details)],
    created(presentPolicy(policy, organization.org_id), {
      message: 'Archiving policy created successfully',
      version: 1,
    }),
  );
}

async function replace(request: SaveRequest, context: PoliciesContext) {
  const { params, body, organization, now, record, pinnedVersion } = request;
  const before = await findPolicy(context, params.id);
  assertPinnedVersion(before, pinnedVersion);
  const after = replacePolicy(before, body(), now.toISOString());
  await assertUsersOfRecords(context.table, after, before);
  await assertProvisioned(after, context);
  const details = { entity: entityOf(after), description: `Archiving policy ${after.name} updated`, before, after };
  return commits(
    [...replaceWrites(before, after), record('archiving.policy_updated', details)],
    ok(presentPolicy(after, organization.org_id), {
      message: 'Archiving policy updated successfully',
      version: after.version,
    }),
  );
}

async function remove(request: Request<typeof deleteArchivingPolicy>, context: PoliciesContext) {
  const { params, now, record, pinnedVersion } = request;
  const policy = await findPolicy(context, params.id);
  assertPinnedVersion(policy, pinnedVersion);
  const details = { entity: entityOf(policy), description: `Archiving policy ${policy.name} deleted`, before: policy };
  return commits(
    [...deleteWrites(policy), record('archiving.policy_deleted', details)],
    ok({ id: policy.id, deleted_at: now.toISOString() }, { message: 'Archiving policy deleted successfully' }),
  );
}

/** The function of `/archiving/policies`. */
export const archivingPoliciesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    archivingPolicies,
    {
      [listArchivingPolicies.route]: list,
      [getArchivingPolicy.route]: async ({ params, organization }, context) => {
        const policy = await findPolicy(context, params.id);
        return ok(presentPolicy(policy, organization.org_id), { version: policy.version });
      },
      [saveArchivingPolicy.route]: (request, context) =>
        request.params.id === 'new' ? create(request, context) : replace(request, context),
      [deleteArchivingPolicy.route]: remove,
    },
    { ...dependencies, prefetch },
  );

export const handler = archivingPoliciesHandler();
