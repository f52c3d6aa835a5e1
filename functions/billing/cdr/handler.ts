import { AppError, found, missingField, notFound } from '#errors.ts';
import { operatorOrganization, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { readTrunkFormats } from '#dynamodb/rows/trunk.ts';
import { accepted, commits, ok, page, commitsThenThrows } from '#http/answers/answer.ts';
import type { OwnRecords } from '#http/authorization/own-records.ts';
import type { Handler, Context, Request } from '#http/handlers.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { queuesFromEnvironment } from '#queue/queues.ts';
import { omit } from '#schema/omit.ts';
import { day } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import { submissionCountsOf, presentBatch } from './batch.ts';
import { linksFromEnvironment } from '#objects/links.ts';
import { numberOriginOf, originOfCall, type NumberOrigin } from '#telephony/number-format.ts';
import { cdrFormats, type CdrFormat } from './formats/formats.ts';
import { cdrs, createCdrExport, getCdr, getCdrExport, getUsage, listCdrs, submitCdrs } from './contract.ts';
import { maySee, newExport, presentExport, presentReceipt, type ExportJob } from './export.ts';
import { cdrMappingRow } from '../rows/cdr-mapping.ts';
import { CdrMapping } from '../schema/cdr-mapping.ts';
import { newTariffCache } from './pricing.ts';
import { rateAccepted } from './pricing-steps.ts';
import { exportKey } from './export-file.ts';
import type { FiledCdr } from '../cdr-ingest/filed-cdr.ts';
import type { Rating } from '../cdr-ingest/rating.ts';
import type { TariffCache } from '../cdr-ingest/tariff-cache.ts';
import { assignOwners, organizationsInReach, type InReach } from './owner-steps.ts';
import { presentCdr, presentListed, sightOf } from './presented-cdr.ts';
import {
  hasMoreFilters,
  isWanted,
  isWantedWhole,
  rangeOf,
  searchKeyOf,
  wholeSecond,
  type Filtered,
  type Search,
  type SearchKey,
  type Wanted,
} from './search.ts';
import { maxSummed, totalsOf } from './totals.ts';
import { presentUsage, sumCdrs, todayIn, usageRange, type UsageRange } from './usage.ts';
import {
  batchStore,
  submissionWrites,
  cdrStore,
  createExportWrites,
  usageStore,
  type CdrChecks,
  type CdrRange,
} from './store.ts';
import {
  allRejected,
  judgeAll,
  messagesOf,
  originFor,
  readAll,
  readForeign,
  resultOf,
  type Envelope,
  type Judged,
  type Read,
} from './submission.ts';

type CdrContext = Context<typeof cdrs>;
type CdrHandler<E extends (typeof cdrs)['endpoints'][number]> = Handler<typeof cdrs, E>;

/** A caller that sees only its own calls searches among those. */
const restrictToOwn = (search: Search, { limitedTo }: OwnRecords): Search =>
  limitedTo === null ? search : { ...search, user_id: limitedTo };
/** Whether a caller that sees only its own calls asks for those of another user. */
const asksForOthers = ({ user_id: user }: Search, own: OwnRecords): boolean => user !== undefined && !own.covers(user);

/** The check of each CDR that a search needs; undefined if its key serves every filter. */
function filterOf(asked: Search, search: Wanted, own: OwnRecords): ((cdr: Filtered) => boolean) | undefined {
  if (asksForOthers(asked, own)) return () => false;
  return hasMoreFilters(search, searchKeyOf(search)) ? isWanted(search) : undefined;
}

/**
 * The status of a batch; undefined if another organization filed it for this one.
 * @throws AppError NOT_FOUND unless the batch is the organization's own, or has brought CDRs of it
 */
async function statusOf(batchId: string, store: ReturnType<typeof batchStore>) {
  const batch = await store.get(batchId);
  if (batch !== undefined) return presentBatch(batchId, batch.counts, batch.rejections);
  if (!(await store.hasCdrs(batchId))) throw notFound('Batch');
  return undefined;
}

/** How numbers of a search are read: as those of the CDRs that it finds, if it names their trunk. */
async function originOfSearch(
  { trunk_id: id }: { readonly trunk_id?: string | null | undefined },
  organization: OrganizationItem,
  { table }: CdrContext,
): Promise<NumberOrigin> {
  const origin = numberOriginOf(organization);
  return id == null ? origin : originOfCall(origin, { trunk: (await readTrunkFormats(table, [id])).get(id) });
}

/** CDRs of a page of those that are summed. */
const summedPage = 1_000;

/** The newest CDRs of a search, as far as they are summed. `isComplete`: all of them. */
async function readSummed(
  request: Pick<Request<typeof listCdrs>, 'page'>,
  { table }: CdrContext,
  key: SearchKey,
  wanted: CdrChecks & { readonly range: CdrRange },
): Promise<{ readonly cdrs: readonly FiledCdr[]; readonly isComplete: boolean }> {
  const store = cdrStore(table);
  const summed: FiledCdr[] = [];
  let token: string | undefined;
  do {
    const page = { ...request.page(), limit: summedPage, offset: 0, countTo: 0, token };
    const found = await store.page(page, key, wanted);
    summed.push(...found.items);
    token = found.nextToken === '' ? undefined : found.nextToken;
  } while (token !== undefined && summed.length < maxSummed);
  return { cdrs: summed, isComplete: token === undefined };
}

const listFound: CdrHandler<typeof listCdrs> = async (request, context) => {
  const { table } = context;
  const { query, caller, own, organization, now } = request;
  const sight = sightOf(caller, operatorOrganization);
  const origin = await originOfSearch(query, organization, context);
  const search = { ...restrictToOwn(query, own), ...origin, seesWholesale: sight.wholesale };
  const { from, to } = rangeOf(search, now.getTime());
  const range = { shards: organization.charge_shards, from, to, order: query.order };
  const key = searchKeyOf(search);
  const wanted = { range, keep: filterOf(query, search, own), keepWhole: isWantedWhole(search) };
  // The counts of a batch include calls of other users.
  const batchId = own.limitedTo === null ? query.batch_id : undefined;
  const newestFirst = { ...wanted, range: { ...range, order: 'desc' as const } };
  const [cdrsFound, batch, summed] = await Promise.all([
    cdrStore(table).page(request.page(), key, wanted),
    batchId === undefined ? undefined : statusOf(batchId, batchStore(table)),
    query.totals === true ? readSummed(request, context, key, newestFirst) : undefined,
  ]);
  const listed = { ...cdrsFound, items: cdrsFound.items.map((cdr) => presentListed(cdr, sight)) };
  return page(listed, {
    ...(batch === undefined ? {} : { batch }),
    ...(summed === undefined ? {} : { totals: totalsOf(summed.cdrs, summed.isComplete) }),
  });
};

/** The newest CDRs of the only user whose calls the caller has. `isComplete`: they are all of the range. */
function ownCdrs(request: Request<typeof getUsage>, { from, to }: UsageRange, context: CdrContext) {
  const { own, organization } = request;
  // Days of any zone begin and end within a day of that of UTC.
  const [first, last] = [wholeSecond(Date.parse(from) - day), wholeSecond(Date.parse(to) + 2 * day)];
  const range = { shards: organization.charge_shards, from: first, to: last, order: 'desc' as const };
  const key = searchKeyOf({ ...restrictToOwn({}, own), ...numberOriginOf(organization) });
  return readSummed(request, context, key, { range, keep: undefined });
}

const showUsage: CdrHandler<typeof getUsage> = async (request, context) => {
  const { caller, own, organization, query } = request;
  const [timeZone, now] = [organization.timezone, request.now.getTime()];
  const range = usageRange(query, todayIn(timeZone, now));
  const shown = { timeZone, now, money: caller.scopes.has('billing:read') };
  if (own.limitedTo !== null) {
    const { cdrs: summed, isComplete } = await ownCdrs(request, range, context);
    return ok(presentUsage(sumCdrs(summed, range, timeZone), range, { ...shown, since: null, isComplete }));
  }
  const { cells, since } = await usageStore(context.table).sums(range);
  return ok(presentUsage(cells, range, { ...shown, since, isComplete: true }));
};

/**
 * The job, with a link to its file once it is complete. @throws AppError NOT_FOUND, also if the caller may not see the
 * job
 */
async function showExport(
  id: string,
  { caller, own, now }: Pick<Request<typeof getCdr>, 'caller' | 'own' | 'now'>,
  { table, links }: CdrContext,
) {
  const job = found(await cdrStore(table).job(id), 'Export');
  const sight = sightOf(caller, operatorOrganization);
  if (!maySee(job, { id: caller.id, sight, ownOnly: own.limitedTo !== null, now })) throw notFound('Export');
  const isComplete = job.status === 'completed';
  const link = isComplete ? await links.to({ bucket: 'exports', key: exportKey(job) }, now) : null;
  return ok(presentExport(job, link));
}

/** @throws AppError NOT_FOUND, also if the caller may not see the CDR */
async function showCdr(
  id: string,
  { caller, own }: Pick<Request<typeof getCdr>, 'caller' | 'own'>,
  { table }: CdrContext,
) {
  const cdr = found(await cdrStore(table).get(id), 'CDR');
  if (!own.covers(cdr.user_id)) throw notFound('CDR');
  return ok(presentCdr(cdr, sightOf(caller, operatorOrganization)));
}

const exportedEvent = ({ id, from, to, format, search }: ExportJob) => ({
  entity: { type: 'export', id },
  description: 'CDRs are exported',
  fields: { from, to, format, ...omit(search, 'country', 'numbers') },
  persons: [search.number, search.caller, search.callee, search.user_id],
});

const startExport: CdrHandler<typeof createCdrExport> = async (request, context) => {
  const { caller, own, organization, now } = request;
  const wanted = request.body();
  const job = newExport(wanted, {
    id: context.nextId('job'),
    org_id: organization.org_id,
    numberOrigin: await originOfSearch(wanted, organization, context),
    sight: sightOf(caller, operatorOrganization),
    caller: caller.id,
    ownOnly: own.limitedTo !== null,
    now,
  });
  const event = request.record('cdr.exported', exportedEvent(job));
  return commits([...createExportWrites(job), event], accepted(presentReceipt(job)));
};

/** The organizations of the records that the caller reaches, with the age in days up to which they accept CDRs. */
async function retentionsOf(read: readonly Read[], inReach: InReach): Promise<ReadonlyMap<number, number>> {
  const numbers = new Set(read.flatMap((each) => ('cdr' in each ? [each.cdr.organization] : [])));
  const organizations = await Promise.all([...numbers].map(inReach));
  return new Map(
    organizations.flatMap((organization) =>
      organization === null ? [] : [[organization.org_id, organization.retention.cdr_days] as const],
    ),
  );
}

/** The CDRs that are filed already, by id. */
async function filedOf(read: readonly Read[], retentions: ReadonlyMap<number, number>, { tableOf }: CdrContext) {
  const known = read.flatMap((each) => ('cdr' in each && retentions.has(each.cdr.organization) ? [each.cdr] : []));
  const filed = await Promise.all(
    [...Map.groupBy(known, ({ organization }) => organization)].map(([organization, own]) =>
      cdrStore(tableOf(organization)).filed(own.map(({ id }) => id)),
    ),
  );
  return new Map(filed.flat().map((cdr) => [cdr.id, cdr]));
}

function throwUnavailable(cause: unknown): never {
  throw new AppError('UNAVAILABLE', 'The queue is not available; send the whole batch again', {
    retryAfter: 1,
    cause,
  });
}

/** `sgapi-20240115-103600-<6>` */
const referenceOf = (now: Date, id: string): string =>
  `sgapi-${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${id.slice(-6).toLowerCase()}`;

/** Sends the accepted records to the queue. @throws AppError UNAVAILABLE */
async function queueAccepted(
  judged: readonly Judged[],
  envelope: Envelope,
  originIn: ReturnType<typeof originFor>,
  { queues }: CdrContext,
): Promise<void> {
  const group = organizationText(envelope.organization);
  const messages = messagesOf(judged, envelope, originIn).map((body) => ({ body, group }));
  await queues.send('cdr-ingest', messages).catch(throwUnavailable);
}

type SubmissionRequest = Request<typeof submitCdrs>;
type Submitted = { readonly read: readonly Read[]; readonly source: string; readonly isDryRun: boolean };

/** The mapping that a request names. @throws AppError MISSING_FIELD, INVALID_PARAMETER if there is none */
async function mappingOf({ query }: SubmissionRequest, { table }: CdrContext): Promise<CdrMapping> {
  if (query.mapping === undefined) throw missingField('mapping');
  const item = await table.get(cdrMappingRow, { id: query.mapping });
  if (item !== undefined) return CdrMapping.parse(item);
  const details = [{ path: 'mapping', message: 'is no column mapping of the organization' }];
  throw new AppError('INVALID_PARAMETER', 'mapping is no column mapping of the organization', { details });
}

/**
 * The records of a body as a switch has written it.
 * @throws AppError MISSING_FIELD, INVALID_PARAMETER, EMPTY_BATCH, TOO_MANY_RECORDS
 */
async function readForeignBody(request: SubmissionRequest, context: CdrContext, format: CdrFormat): Promise<Submitted> {
  const { query, text = '', organization } = request;
  const { timezone: zone, columns, legs = 'a' } = query;
  const { localTimes: hasLocalTimes = false, mapped: isMapped = false } = cdrFormats[format];
  if (hasLocalTimes && zone === undefined) throw missingField('timezone');
  const mapping = isMapped ? await mappingOf(request, context) : undefined;
  const read = readForeign(text, format, { zone, columns, legs, mapping }, organization.org_id);
  return { read, source: query.source ?? format, isDryRun: query.dry_run ?? false };
}

/** The records of a request, and their producer. @throws AppError as above, and those of the body */
async function readSubmission(request: SubmissionRequest, context: CdrContext): Promise<Submitted> {
  const { query, body, organization } = request;
  if (query.format !== undefined) return readForeignBody(request, context, query.format);
  const { records, source, dry_run: inBody } = body();
  return {
    read: readAll(records, organization.org_id),
    source: query.source ?? source ?? 'api',
    isDryRun: query.dry_run ?? inBody ?? false,
  };
}

/** The answer to a submission. @param id of the request @param dry of a dry run: what CDRs would cost, by id */
function submissionAnswer(
  judged: readonly Judged[],
  { params, query, now }: Pick<SubmissionRequest, 'params' | 'query' | 'now'>,
  id: string,
  dry?: ReadonlyMap<string, Rating>,
) {
  const results = judged.map((each, index) => resultOf(each, index, dry));
  type Status = (typeof results)[number]['status'];
  const count = (...statuses: readonly Status[]): number =>
    results.filter(({ status }) => statuses.includes(status)).length;
  const accepted = count('accepted', 'updated');
  const duplicate = count('duplicate', 'superseded');
  return {
    status: 'success' as const,
    ...(dry === undefined ? {} : { dry_run: true as const }),
    processed: accepted + duplicate,
    batch_id: params.id,
    sgapi_reference: referenceOf(now, id),
    accepted,
    duplicate,
    rejected: count('rejected'),
    ...(query.format === undefined ? {} : { skipped: count('skipped') }),
    results,
  };
}

const submitBatch =
  (tariffs: TariffCache): CdrHandler<typeof submitCdrs> =>
  async (request, context) => {
    const { params, caller, organization, now } = request;
    const { read: records, source, isDryRun } = await readSubmission(request, context);
    const inReach = organizationsInReach(request, context);
    const read = await assignOwners(records, request, source, { inReach, context });
    const retentions = await retentionsOf(read, inReach);
    const filed = await filedOf(read, retentions, context);
    const originIn = originFor(caller.organization, operatorOrganization);
    const judged = judgeAll(read, { retentions, filed, originIn, now: now.getTime() });

    const id = context.nextId('req');
    const envelope = {
      source,
      sent_at: now.toISOString(),
      batch_id: params.id,
      organization: organization.org_id,
    };
    const sender = { ...envelope, message: id, origin: originIn(organization.org_id), accepted: false };
    if (isDryRun) {
      const mayRead = caller.scopes.has('cdr:read');
      const tools = { context, cache: tariffs, now: now.getTime() };
      const ratings = mayRead ? await rateAccepted(judged, sender, tools) : new Map<string, Rating>();
      return ok(submissionAnswer(judged, request, id, ratings));
    }
    await queueAccepted(judged, envelope, originIn, context);

    const { counted, rejected } = submissionCountsOf(judged, sender, now);
    const writes = [
      ...submissionWrites(counted, rejected?.filed),
      ...(rejected === null ? [] : [request.record('cdr.rejected', rejected.event)]),
    ];
    const answer = submissionAnswer(judged, request, id);
    return answer.rejected === judged.length
      ? commitsThenThrows(writes, allRejected(judged))
      : commits(writes, ok(answer));
  };

/** @param dependencies what the function uses from outside; tests pass their own */
export const cdrHandler = (
  dependencies = dependenciesFromEnvironment({ queues: queuesFromEnvironment(), links: linksFromEnvironment() }),
) =>
  serve(
    cdrs,
    {
      [listCdrs.route]: listFound,
      [getUsage.route]: showUsage,
      [getCdr.route]: async (request, context) => {
        const { id } = request.params;
        return id.startsWith('job_') ? showExport(id, request, context) : showCdr(id, request, context);
      },
      [createCdrExport.route]: startExport,
      [getCdrExport.route]: async (request, context) => showExport(request.params.id, request, context),
      [submitCdrs.route]: submitBatch(newTariffCache()),
    },
    dependencies,
  );

export const handler = cdrHandler();
