import { AppError } from '#errors.ts';
import { accepted, commits, document, ok, seeOther } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { linksFromEnvironment } from '#objects/links.ts';
import { objectsFromEnvironment, type Objects } from '#objects/objects.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { maximumWrites } from '#dynamodb/commit.ts';
import { transact } from '#dynamodb/transact.ts';
import type { EventType } from '#contract/events.ts';
import { recordAll, type EventDetails } from '#runtime/event-record.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { stateEvent } from '#schema/sms.ts';
import { downloadSmsLogs, pushSmsLogs, searchSmsLogs, smsLogs } from './contract.ts';
import type { StopWords } from '../sms-opt-outs/keyword.ts';
import { assertDownloadable, pageOf } from './download.ts';
import type { ShownEntry } from './entry.ts';
import {
  admitEntries,
  answeringParties,
  answersIn,
  groupsOf,
  packed,
  planPush,
  receivedEvents,
  wishesIn,
  wishingNumbers,
} from './push.ts';
import { chunkKey, csvTarget } from './result-file.ts';
import { criteriaOf, newSearch, presentReceipt, type Search } from './search.ts';
import { pushWrites, smsLogStore, startWrites, type Stored } from './store.ts';

type PushRequest = Pick<Request<typeof pushSmsLogs>, 'organization' | 'now' | 'record'>;
type PushContext = Pick<Context<typeof smsLogs>, 'table' | 'nextId' | 'dependencies'>;
type RecordedEvent = EventDetails & { readonly type: EventType };
type Counts = { readonly processed: number; readonly duplicates: number };

/** The events of what a part of a push stores. */
const eventsOf = ({ changes, wishes, answers }: Stored, own: StopWords | undefined): readonly RecordedEvent[] => [
  ...receivedEvents(changes, own),
  ...wishes.flatMap(({ event }) => event ?? []),
  ...answers.map(stateEvent),
];

/** Decides about some entries by what is stored now. */
async function decidePart(entries: readonly SmsLogEntry[], { organization, now }: PushRequest, context: PushContext) {
  const store = smsLogStore(context.table);
  const plan = planPush(entries, await store.entries([...new Set(entries.map(({ message_id: id }) => id))]));
  const own = organization.settings.sms?.stop_words;
  const { from, to } = answeringParties(plan.changes, now, own);
  const [optOuts, facts] = await Promise.all([
    store.optOuts(wishingNumbers(plan.changes, own)),
    store.answerFacts(from, to, now),
  ]);
  const stored: Stored = {
    changes: plan.changes,
    wishes: [...wishesIn(plan.changes, optOuts, own).values()],
    answers: answersIn(
      plan.changes,
      { ...facts, wishes: optOuts },
      {
        texts: organization.settings.sms,
        organization: organization.org_id,
        now,
        nextId: () => context.nextId('msg'),
      },
    ),
  };
  return { plan, stored };
}

/** Stores some entries in one transaction. @throws AppError UNAVAILABLE while others keep changing them */
async function storePart(entries: readonly SmsLogEntry[], request: PushRequest, context: PushContext): Promise<Counts> {
  const { organization, now, record } = request;
  const own = organization.settings.sms?.stop_words;
  let counts: Counts = { processed: 0, duplicates: 0 };
  const decide = async () => {
    const { plan, stored } = await decidePart(entries, request, context);
    counts = plan;
    return [
      ...pushWrites(stored, { organization: organization.org_id, now }),
      ...recordAll(record, eventsOf(stored, own)),
    ];
  };
  await transact(context.dependencies, { organization: organization.org_id, decide });
  return counts;
}

/**
 * Stores the entries of a push, with what follows from them, a transaction at a time. Each message is stored with its
 * consequences or not at all, so that a repeated push continues an interrupted one.
 */
export async function storeEntries(
  entries: readonly SmsLogEntry[],
  request: PushRequest,
  context: PushContext,
): Promise<Counts> {
  const { now, organization } = request;
  const own = organization.settings.sms?.stop_words;
  const total = { processed: 0, duplicates: 0 };
  // One write is left for the count of the organization's answers.
  for (const part of packed(groupsOf(entries, now, own), maximumWrites - 1)) {
    const { processed, duplicates } = await storePart(
      part.flatMap((group) => group.entries),
      request,
      context,
    );
    total.processed += processed;
    total.duplicates += duplicates;
  }
  return total;
}

type LogsContext = Context<typeof smsLogs>;

/** @throws AppError INSUFFICIENT_SCOPE for a caller that pushes messages of others, though it is limited to its own */
async function push(request: Request<typeof pushSmsLogs>, context: LogsContext) {
  const { body, caller, own, record, now } = request;
  const { logs } = body();
  for (const { userId } of logs) own.assertCovers(userId ?? caller.id);
  const { entries, errors } = admitEntries(logs, { user: own.limitedTo, now });
  const counts = await storeEntries(entries, request, context);
  const receipt = { ...counts, failed: errors.length, batch_id: context.nextId('logbatch') };
  return commits(
    [
      record('smslogs.pushed', {
        entity: { type: 'smslogs', id: receipt.batch_id },
        description: `${counts.processed} SMS log entries filed`,
        fields: receipt,
      }),
    ],
    ok({ ...receipt, errors }),
  );
}

async function startSearch(request: Request<typeof searchSmsLogs>, { nextId }: LogsContext) {
  const { body, caller, own, organization, record, now } = request;
  const wanted = body();
  const search = newSearch(wanted, {
    id: nextId('search'),
    org_id: organization.org_id,
    caller: caller.id,
    ownOnly: own.limitedTo !== null,
    now,
  });
  return commits(
    [
      ...startWrites(search),
      record('smslogs.searched', {
        entity: { type: 'search', id: search.id },
        description: 'The SMS log is searched',
        fields: criteriaOf(wanted),
        persons: [search.from, search.to, search.user_id],
      }),
    ],
    accepted(presentReceipt(search, wanted)),
  );
}

/** Bytes of an answer. Lambda limits the whole answer, in which quotes are escaped, to 6 MB. */
const defaultMaxAnswer = 4_000_000;

/** Where the results of searches are, and the bytes of an answer at most. */
type Results = { readonly objects: Pick<Objects, 'get'>; readonly maxAnswer: number };

async function entriesOf(search: Search, { parts }: ReturnType<typeof pageOf>, { objects }: Results) {
  const read = await Promise.all(
    parts.map(async ({ chunk, from, to }) => {
      const body = await objects.get({ bucket: 'exports', key: chunkKey(search, chunk) });
      // The assertion is safe: only the search writes these objects.
      return (JSON.parse(Buffer.from(body).toString()) as ShownEntry[]).slice(from, to);
    }),
  );
  return read.flat();
}

async function jsonPage(search: Search, asked: Parameters<typeof pageOf>[1], stored: Results) {
  const page = pageOf(search, asked);
  const results = await entriesOf(search, page, stored);
  if (Buffer.byteLength(JSON.stringify(results)) > stored.maxAnswer)
    throw new AppError('PAYLOAD_TOO_LARGE', 'The page is larger than 4 MB; request fewer messages with per_page', {
      details: [{ path: 'per_page', message: 'is too large for messages of this length' }],
    });
  return ok({
    search_id: search.id,
    total_results: search.rows,
    page: page.page,
    per_page: page.per_page,
    total_pages: page.total_pages,
    results,
    truncated: search.truncated,
  });
}

async function csvFile(
  search: Search,
  { links, now }: Pick<LogsContext, 'links'> & { now: Date },
  { objects, maxAnswer }: Results,
) {
  const { bucket, key, name, type } = csvTarget(search);
  if ((search.file?.size ?? 0) > maxAnswer) return seeOther((await links.downloadOf({ bucket, key, name }, now)).url);
  const body = await objects.get({ bucket, key });
  return document(type, Buffer.from(body).toString(), { 'Content-Disposition': `attachment; filename="${name}"` });
}

async function download(request: Request<typeof downloadSmsLogs>, { table, links }: LogsContext, stored: Results) {
  const { body, caller, own, record, now } = request;
  const { search_id: id, format, ...asked } = body();
  const search = assertDownloadable(await smsLogStore(table).search(id), {
    id: caller.id,
    ownOnly: own.limitedTo !== null,
    now,
  });
  const event = record('smslogs.downloaded', {
    entity: { type: 'search', id },
    description: 'The result of a search of the SMS log is downloaded',
    fields: { search_id: id, format, page: asked.page ?? null },
  });
  return format === 'csv'
    ? commits([event], await csvFile(search, { links, now }, stored))
    : commits([event], await jsonPage(search, asked, stored));
}

/**
 * @param dependencies what the function uses from outside; tests pass their own
 * @param maxAnswer bytes of a downloaded page or file at most; of a larger file there is a link
 */
export function smsLogsHandler(
  dependencies = dependenciesFromEnvironment({ links: linksFromEnvironment(), objects: objectsFromEnvironment() }),
  maxAnswer = defaultMaxAnswer,
) {
  const { objects } = dependencies;
  if (objects === undefined) throw new Error('downloads of searches need objects');
  return serve(
    smsLogs,
    {
      [pushSmsLogs.route]: push,
      [searchSmsLogs.route]: startSearch,
      [downloadSmsLogs.route]: (request, context) => download(request, context, { objects, maxAnswer }),
    },
    dependencies,
  );
}

export const handler = smsLogsHandler();
