import { AppError, found } from '#errors.ts';
import type { Context, Request } from '#http/handlers.ts';
import { deleteOf, findPinned, getOf, listOf, saveOf, type ById, type InOrganization } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import { foldText } from '#schema/searched-text.ts';
import { systemErrors } from '../schema/errors.ts';
import { assertUsersOfRecords } from '../rows/users-of-records.ts';
import { exports, newPolicy, presentPolicy, replacePolicy, type StoredPolicy } from '../schema/archiving-policy.ts';
import {
  archivingPolicies,
  deleteArchivingPolicy,
  getArchivingPolicy,
  listArchivingPolicies,
  saveArchivingPolicy,
} from './contract.ts';
import { policyStore, policyWrites, prefetch } from './store.ts';

type PoliciesContext = Context<typeof archivingPolicies>;
type SaveRequest = Request<typeof saveArchivingPolicy>;

const audit = {
  ...auditOf('archivingpolicy', {
    noun: 'Archiving policy',
    describe: describeByName('Archiving policy'),
    logged: (policy: StoredPolicy) => policy,
  }),
  created: 'archiving.policy_created',
  updated: 'archiving.policy_updated',
  deleted: 'archiving.policy_deleted',
} as const;

const present = (policy: StoredPolicy, { organization }: InOrganization) => presentPolicy(policy, organization.org_id);

/** @throws AppError NOT_FOUND */
const find = async ({ params }: ById, { table }: PoliciesContext): Promise<StoredPolicy> =>
  found(await policyStore(table).get(params.id), 'Archiving policy');

/** @throws AppError ARCHIVING_NOT_PROVISIONED if it archives and there is no archive */
async function assertProvisioned(policy: StoredPolicy, { table }: PoliciesContext): Promise<void> {
  if (!exports(policy) || (await policyStore(table).isProvisioned())) return;
  const message = `${policy.action} needs an archive; see /archiving/provisioning`;
  throw new AppError(systemErrors.ARCHIVING_NOT_PROVISIONED, `action ${message}`, {
    details: [{ path: 'action', message }],
  });
}

function read({ query, page: pageOf }: Request<typeof listArchivingPolicies>, { table }: PoliciesContext) {
  const text = foldText(query.q ?? '');
  return policyStore(table).page(
    pageOf(),
    ({ name, class: of }) => foldText(name).includes(text) && (query.class === undefined || query.class === of),
  );
}

async function decide(before: StoredPolicy | undefined, { body, now }: SaveRequest, context: PoliciesContext) {
  const at = now.toISOString();
  const policy =
    before === undefined
      ? newPolicy(body(), { id: context.nextId('arp'), now: at })
      : replacePolicy(before, body(), at);
  await assertUsersOfRecords(context.table, policy, before);
  await assertProvisioned(policy, context);
  return policy;
}

/** The function of `/archiving/policies`. */
export const archivingPoliciesHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    archivingPolicies,
    {
      [listArchivingPolicies.route]: listOf(read, present),
      [getArchivingPolicy.route]: getOf(find, present),
      [saveArchivingPolicy.route]: saveOf(audit, {
        find: findPinned(find),
        decide,
        conclude: (before, after) => ({ writes: policyWrites(before, after) }),
        present,
      }),
      [deleteArchivingPolicy.route]: deleteOf(audit, find, (policy) => ({ writes: policyWrites(policy, undefined) })),
    },
    { ...dependencies, prefetch },
  );

export const handler = archivingPoliciesHandler();
