import type { EventItem } from '../../../shared/dynamodb/rows/event.ts';
import type { Page } from '../../../shared/dynamodb/page.ts';
import { found } from '../../../shared/errors.ts';
import { commits, created, ok } from '../../../shared/http/answers/answer.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import type { Context, Request } from '../../../shared/http/handlers.ts';
import { clientEvent } from '../../../shared/http/client-event.ts';
import { serve } from '../../../shared/http/serve.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { eventLog, getLogEntry, fileLogEntry, searchLogEntries } from './contract.ts';
import { actorIdOf, filedBy, presentFiled, type LogEntry } from './entry.ts';
import { rangeOf, searchKeyOf } from './search.ts';
import { eventLogStore, fileWrites } from './store.ts';

const paginationOf = ({ limit, offset, total, nextToken, capped }: Page<LogEntry>) => ({
  page: Math.floor(offset / limit) + 1,
  per_page: limit,
  total_records: total,
  total_pages: Math.ceil(total / limit),
  next_page_token: nextToken,
  ...(capped ? { total_capped: true as const } : {}),
});

async function fileEntry(request: Request<typeof fileLogEntry>, { table, nextId }: Context<typeof eventLog>) {
  const { event_type: type, ...filing } = request.body();
  const { caller, organization, ip } = request;
  const actor = actorIdOf(filing, caller);
  const person = await eventLogStore(table).user(actor);
  const event: EventItem = {
    ...clientEvent(request, nextId),
    type,
    severity: filing.severity ?? 'info',
    description: filing.description,
    data: filing.metadata ?? {},
    entity: { type: 'org', id: organizationText(organization.org_id) },
    filed: filedBy({ ...filing, ip_address: filing.ip_address ?? ip }, actor, person),
  };
  return commits(fileWrites(event), created(presentFiled(event), { message: 'Event logged successfully' }));
}

async function search({ body, page, now }: Request<typeof searchLogEntries>, { table }: Context<typeof eventLog>) {
  const wanted = body();
  const { page: number, per_page, page_token, ...filters } = wanted;
  const asked = { page: number ?? undefined, per_page: per_page ?? undefined, page_token: page_token ?? undefined };
  const between = rangeOf(wanted, now.getTime());
  const key = searchKeyOf(wanted);
  const entries = await eventLogStore(table).page(page({ asked, filters }), wanted, { key, between });
  return ok({ results: [...entries.items], pagination: paginationOf(entries) });
}

/** @param dependencies what the function touches; tests bring their own */
export const eventLogHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    eventLog,
    {
      [fileLogEntry.route]: fileEntry,
      [searchLogEntries.route]: search,
      [getLogEntry.route]: async ({ params }, { table }) =>
        ok(found(await eventLogStore(table).get(params.eventLogId), 'Event log entry')),
    },
    dependencies,
  );

export const handler = eventLogHandler();
