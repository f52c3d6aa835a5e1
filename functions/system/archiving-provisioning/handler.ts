import { notFound } from '#errors.ts';
import { sellsTo } from '#http/authorization/selling.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { isPermittedLock } from '#schema/object-storage.ts';
import { organizationText } from '#schema/values.ts';
import { archivingProvisioning, getArchiving, setArchiving } from './contract.ts';
import { presentProvisioning, provision } from './provisioning.ts';
import { archivingStore, provisionWrites } from './store.ts';

type ArchivingContext = Context<typeof archivingProvisioning>;

async function set(request: Request<typeof setArchiving>, { table, environment }: ArchivingContext) {
  const { body, caller, organization, now, record, pinnedVersion } = request;
  const store = archivingStore(table);
  const before = assertPinnedVersion(await store.get(), pinnedVersion);
  const after = provision(before, body(), {
    organization: organization.name,
    isSeller: sellsTo(organization, caller),
    isPermitted: (mode) => isPermittedLock(mode, environment),
    now: now.toISOString(),
  });
  const entity = { type: 'archiving', id: organizationText(organization.org_id) };
  return commits(
    [
      ...provisionWrites(before, after),
      record('archiving.provisioned', { entity, description: 'Archive provisioned', before, after }),
    ],
    ok(presentProvisioning(after, organization.org_id, await store.purges()), {
      message: 'Archive provisioned successfully',
      version: after.version,
    }),
  );
}

/** The function of `/archiving/provisioning`. */
export const archivingProvisioningHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    archivingProvisioning,
    {
      [getArchiving.route]: async ({ organization, own }, { table }) => {
        if (!own.covers(null)) throw notFound('Archive');
        const store = archivingStore(table);
        const [archiving, ran] = await Promise.all([store.get(), store.purges()]);
        return ok(presentProvisioning(archiving, organization.org_id, ran), { version: archiving.version });
      },
      [setArchiving.route]: set,
    },
    dependencies,
  );

export const handler = archivingProvisioningHandler();
