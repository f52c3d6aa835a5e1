import { AppError } from '#errors.ts';
import { bucketVariable } from '#contract/buckets.ts';
import { transact } from '#dynamodb/transact.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import type { AppliedPolicy, StoredArchive } from '#schema/stored-archive.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { archiveSigner, type ArchiveSigner } from '#signing/archive-signer.ts';
import { custodyOf, recordArchive, sealRecorded, writeArchive } from '../archives/archiving-steps.ts';
import { smsExports, storeSmsExport } from './contract.ts';
import { contentOf, keyOf, linesOf, presentExport, smsExportErrors, type SmsExport } from './sms-export.ts';
import { markWrite, smsExportStore } from './store.ts';

type ExportContext = Context<typeof smsExports>;
type ExportRequest = Request<typeof storeSmsExport>;

/** @throws AppError POLICY_NOT_FOUND */
async function policyOf({ policyId }: SmsExport, { table }: ExportContext): Promise<AppliedPolicy> {
  const policy = await smsExportStore(table).policy(policyId);
  if (policy?.class !== 'sms')
    throw new AppError(smsExportErrors.POLICY_NOT_FOUND, `There is no policy ${policyId} for SMS`, {
      details: [{ path: 'policyId', message: 'is not a policy of the class sms' }],
    });
  const { id, name, retention_days } = policy;
  return { id, name, retention_days };
}

/** Archives an export that has no archive yet. @returns its archive, or that of another request that was faster */
async function archiveExport(
  wanted: SmsExport,
  policy: AppliedPolicy,
  { organization: { org_id }, caller, now, record }: ExportRequest,
  { table, objects, dependencies }: ExportContext,
): Promise<StoredArchive> {
  const [key, lines] = [keyOf(wanted), linesOf(wanted)];
  const { date_range: range, export_date } = wanted.data;
  const batch = { class: 'sms', content: contentOf(key, lines), lines, range } as const;
  const written = await writeArchive({ objects, table }, batch, { policy, now });
  let recorded: StoredArchive | undefined;
  const decide = async () => {
    recorded = await smsExportStore(table).archive(key);
    if (recorded !== undefined || written === undefined) return [];
    const { archive, writes } = await recordArchive(table, written, { by: caller.id, now });
    recorded = archive;
    const stored = record('archiving.stored', {
      entity: { type: 'archive', id: archive.id },
      description: `${archive.records} SMS archived by the policy ${policy.name}`,
      fields: { ...custodyOf(archive), export_date, metadata: wanted.metadata ?? null },
    });
    return [...writes, markWrite(key, archive), stored];
  };
  await transact(dependencies, { organization: org_id, decide });
  if (recorded === undefined) throw new Error(`an archive of the export ${key} is sealed and not recorded`);
  return recorded;
}

const storeWith = (signer: ArchiveSigner) => async (request: ExportRequest, context: ExportContext) => {
  const { organization, own, body } = request;
  own.assertCovers(null);
  const wanted = body();
  const policy = await policyOf(wanted, context);
  const known = await smsExportStore(context.table).archive(keyOf(wanted));
  const archive = known ?? (await archiveExport(wanted, policy, request, context));
  const answer = ok(presentExport(archive, context.environment[bucketVariable('archives')] ?? ''), {
    message: 'SMS export archived successfully',
  });
  if (archive.sealed_at !== null) return answer;
  const sealing = { organization: organization.org_id, signer, now: context.clock() };
  return commits([await sealRecorded(context.objects, archive, sealing)], answer);
};

/** The function of `/archiving/store`. */
export function smsExportsHandler(
  dependencies = dependenciesFromEnvironment({
    objects: objectsFromEnvironment(),
    secrets: secretsFromEnvironment(),
  }),
) {
  const { store, secrets } = dependencies;
  if (secrets === undefined) throw new Error('signatures need secrets');
  return serve(smsExports, { [storeSmsExport.route]: storeWith(archiveSigner(store, secrets)) }, dependencies);
}

export const handler = smsExportsHandler();
