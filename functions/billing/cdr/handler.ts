import { AppError, notFound } from '../../../shared/errors.ts';
import { operatorOrganization, type OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { accepted, commits, ok, page, rejects } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import type { Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { reached } from '../../../shared/http/authorization/reached.ts';
import { serve } from '../../../shared/http/serve.ts';
import { queuesFromEnvironment } from '../../../shared/queue/queues.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { bookkeepingOf, presentBatch } from './batch.ts';
import { linksFromEnvironment } from '../../../shared/objects/links.ts';
import { cdrs, getCdr, getExport, listCdrs, postCdrs, postExport } from './contract.ts';
import { exportKey, mayKnow, newExport, presentExport, presentReceipt, type ExportJob } from './export.ts';
import { presentCdr, presentListed, sightOf } from './presented-cdr.ts';
import { asksMore, isWanted, rangeOf, wayOf, type Search } from './search.ts';
import { bookkeeping, cdrStore, exporting } from './store.ts';
import { allRejected, judgeAll, messagesOf, originFor, readAll, resultOf, type Read } from './submission.ts';

type CdrContext = Context<typeof cdrs>;

/** Who sees only its own calls searches among those. */
const ownSearch = (search: Search, { id, ownOnly }: Caller): Search =>
  ownOnly.has('cdr:read') ? { ...search, user_id: id } : search;
const isForeign = (search: Search, { id, ownOnly }: Caller): boolean =>
  ownOnly.has('cdr:read') && search.user_id !== undefined && search.user_id !== id;

/** An organization that is not reached only costs the records that name it. */
function unlessRefused(error: unknown): null {
  if (error instanceof AppError && (error.code === 'FORBIDDEN_ORG' || error.code === 'NOT_FOUND')) return null;
  throw error;
}

/** Whose records these are, of the organizations that the caller reaches, with the days that they are taken back. */
async function retentionsOf(
  read: readonly Read[],
  asked: { readonly caller: Caller; readonly organization: OrganizationItem },
  { tableOf }: CdrContext,
): Promise<ReadonlyMap<number, number>> {
  const numbers = new Set(read.flatMap((each) => ('cdr' in each ? [each.cdr.organization] : [])));
  const found = await Promise.all([...numbers].map((number) => reached(number, asked, tableOf).catch(unlessRefused)));
  return new Map(
    found.flatMap((organization) =>
      organization === null ? [] : [[organization.org_id, organization.retention.cdr_days] as const],
    ),
  );
}

/** What is filed of these records already. */
async function filedOf(read: readonly Read[], retentions: ReadonlyMap<number, number>, { tableOf }: CdrContext) {
  const known = read.flatMap((each) => ('cdr' in each && retentions.has(each.cdr.organization) ? [each.cdr] : []));
  const filed = await Promise.all(
    [...Map.groupBy(known, ({ organization }) => organization)].map(([organization, own]) =>
      cdrStore(tableOf(organization)).filed(own.map(({ id }) => id)),
    ),
  );
  return new Map(filed.flat().map((cdr) => [cdr.id, cdr]));
}

function queueDown(cause: unknown): never {
  throw new AppError('UNAVAILABLE', 'The queue takes no records just now; send the whole batch again', {
    retryAfter: 1,
    cause,
  });
}

/** `sgapi-20240115-103600-<6>` */
const referenceOf = (now: Date, id: string): string =>
  `sgapi-${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${id.slice(-6).toLowerCase()}`;

/**
 * The job, with a link to its file once that is there. @throws AppError NOT_FOUND, also where the caller may not know
 * of it
 */
async function exportJob(
  id: string,
  { caller, now }: { readonly caller: Caller; readonly now: Date },
  { table, links }: CdrContext,
) {
  const job = await cdrStore(table).job(id);
  if (
    job === undefined ||
    !mayKnow(job, {
      id: caller.id,
      sight: sightOf(caller, operatorOrganization),
      ownOnly: caller.ownOnly.has('cdr:read'),
      now,
    })
  )
    throw notFound('Export');
  return ok(
    presentExport(
      job,
      job.status === 'completed' ? await links.to({ bucket: 'exports', key: exportKey(job) }, now) : null,
    ),
  );
}

const exportedEvent = ({ id, from, to, format, search: { country: _, ...filters } }: ExportJob) => ({
  entity: { type: 'export', id },
  description: 'CDRs are exported',
  fields: { from, to, format, ...filters },
});

/** A CDR, if the caller may see it. @throws AppError NOT_FOUND */
async function visibleCdr(id: string, caller: Caller, { table }: CdrContext) {
  const cdr = await cdrStore(table).get(id);
  if (cdr === undefined || (caller.ownOnly.has('cdr:read') && cdr.user_id !== caller.id)) throw notFound('CDR');
  return ok(presentCdr(cdr, sightOf(caller, operatorOrganization)));
}

/** @param outside what the function touches; tests bring their own */
export const cdrHandler = (
  dependencies = dependenciesFromEnvironment({ queues: queuesFromEnvironment(), links: linksFromEnvironment() }),
) =>
  serve(
    cdrs,
    {
      [listCdrs.route]: async ({ query, caller, organization, now, page: request }, { table }) => {
        const search = { ...ownSearch(query, caller), country: organization.country };
        const { from, to } = rangeOf(search, now.getTime());
        const store = cdrStore(table);
        const way = wayOf(search);
        const keep = isForeign(query, caller) ? () => false : asksMore(search, way) ? isWanted(search) : undefined;
        const [found, batch] = await Promise.all([
          store.page(request(), way, {
            place: { shards: organization.charge_shards, from, to, order: query.order },
            keep,
          }),
          // What became of a batch tells of calls of others.
          query.batch_id === undefined || caller.ownOnly.has('cdr:read') ? undefined : store.batch(query.batch_id),
        ]);
        const sight = sightOf(caller, operatorOrganization);
        const listed = { ...found, items: found.items.map((cdr) => presentListed(cdr, sight)) };
        return page(
          listed,
          query.batch_id === undefined || batch === undefined
            ? {}
            : { batch: presentBatch(query.batch_id, batch.counts, batch.refusals) },
        );
      },

      [getCdr.route]: async (request, context) => {
        const {
          params: { id },
          caller,
        } = request;
        return id.startsWith('job_') ? exportJob(id, request, context) : visibleCdr(id, caller, context);
      },

      [postExport.route]: async ({ body, caller, organization: { org_id, country }, now, record }, { nextId }) => {
        const job = newExport(body(), {
          id: nextId('job'),
          org_id,
          country,
          sight: sightOf(caller, operatorOrganization),
          caller: caller.id,
          ownOnly: caller.ownOnly.has('cdr:read'),
          now,
        });
        return commits([...exporting(job), record('cdr.exported', exportedEvent(job))], accepted(presentReceipt(job)));
      },

      [getExport.route]: async (request, context) => exportJob(request.params.id, request, context),

      [postCdrs.route]: async (request, context) => {
        const { params, caller, organization, now } = request;
        const { records, source } = request.body();
        const read = readAll(records, organization.org_id);
        const retentions = await retentionsOf(read, request, context);
        const filed = await filedOf(read, retentions, context);
        const originIn = originFor(caller.organization, operatorOrganization);
        const judged = judgeAll(read, { retentions, filed, originIn, now: now.getTime() });

        const id = context.nextId('req');
        const envelope = {
          source: source ?? 'api',
          sent_at: now.toISOString(),
          batch_id: params.id,
          organization: organization.org_id,
        };
        const messages = messagesOf(judged, envelope, originIn);
        await context.queues
          .send(
            'cdr-ingest',
            messages.map((body) => ({ body, group: organizationText(organization.org_id) })),
          )
          .catch(queueDown);

        const { counted, refused } = bookkeepingOf(
          judged,
          { ...envelope, message: id, origin: originIn(organization.org_id), accepted: false },
          now,
        );
        const writes = [
          ...bookkeeping(counted, refused?.filed),
          ...(refused === null ? [] : [request.record('cdr.rejected', refused.event)]),
        ];
        const results = judged.map(resultOf);
        const count = (status: (typeof results)[number]['status']): number =>
          results.filter((each) => each.status === status).length;
        if (count('rejected') === results.length) return rejects(writes, allRejected(judged));
        return commits(
          writes,
          ok({
            status: 'success' as const,
            processed: count('accepted') + count('duplicate'),
            batch_id: params.id,
            sgapi_reference: referenceOf(now, id),
            accepted: count('accepted'),
            duplicate: count('duplicate'),
            rejected: count('rejected'),
            results,
          }),
        );
      },
    },
    dependencies,
  );

export const handler = cdrHandler();
