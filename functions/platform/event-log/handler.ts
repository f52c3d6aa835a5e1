import type { EventItem } from '../../../shared/dynamodb/rows/event.ts';
import type { Page } from '../../../shared/dynamodb/page.ts';
import { notFound } from '../../../shared/errors.ts';
import { commits, created, ok } from '../../../shared/http/answers/answer.ts';
import { dependenciesFromEnvironment } from '../../../shared/runtime/dependencies.ts';
import { clientEvent } from '../../../shared/http/client-event.ts';
import { serve } from '../../../shared/http/serve.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import { eventLog, getEntry, putEntry, searchEntries } from './contract.ts';
import { actorIdOf, filedBy, presentFiled, type LogEntry } from './entry.ts';
import { rangeOf, wayOf } from './search.ts';
import { eventLogStore, filing } from './store.ts';

const paginationOf = ({ limit, offset, total, nextToken, capped }: Page<LogEntry>) => ({
  page: Math.floor(offset / limit) + 1,
  per_page: limit,
  total_records: total,
  total_pages: Math.ceil(total / limit),
  next_page_token: nextToken,
  ...(capped ? { total_capped: true as const } : {}),
});

/** @param outside what the function touches; tests bring their own */
export const eventLogHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    eventLog,
    {
      [putEntry.route]: async (request, { table, nextId }) => {
        const { event_type: type, ...wanted } = request.body();
        const { caller, organization, ip } = request;
        const actor = actorIdOf(wanted, caller);
        const event: EventItem = {
          ...clientEvent(request, nextId),
          type,
          severity: wanted.severity ?? 'info',
          description: wanted.description,
          data: wanted.metadata ?? {},
          entity: { type: 'org', id: organizationText(organization.org_id) },
          filed: filedBy(
            { ...wanted, ip_address: wanted.ip_address ?? ip },
            actor,
            await eventLogStore(table).user(actor),
          ),
        };
        return commits(filing(event), created(presentFiled(event), { message: 'Event logged successfully' }));
      },

      [searchEntries.route]: async ({ body, page, now }, { table }) => {
        const search = body();
        const { page: number, per_page, page_token, ...filters } = search;
        const asked = {
          page: number ?? undefined,
          per_page: per_page ?? undefined,
          page_token: page_token ?? undefined,
        };
        const between = rangeOf(search, now.getTime());
        const found = await eventLogStore(table).page(page({ asked, filters }), search, {
          way: wayOf(search),
          between,
        });
        return ok({ results: [...found.items], pagination: paginationOf(found) });
      },

      [getEntry.route]: async ({ params }, { table }) => {
        const entry = await eventLogStore(table).get(params.eventLogId);
        if (entry === undefined) throw notFound('Event log entry');
        return ok(entry);
      },
    },
    dependencies,
  );

export const handler = eventLogHandler();
