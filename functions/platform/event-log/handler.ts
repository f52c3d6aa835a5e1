import { join } from 'node:path';
import type { Page } from '#dynamodb/page.ts';
import type { EventItem } from '#dynamodb/rows/event.ts';
import type { Table } from '#dynamodb/table.ts';
import { found } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import { clientEvent } from '#http/client-event.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { assetsIn, type Assets } from '#runtime/assets.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { eventCatalogueIn } from '#runtime/event-catalogue.ts';
import { assertClientType, type EventCatalogue } from '#schema/event-catalogue.ts';
import { personsOf, showValues } from '#schema/event-log.ts';
import { foldExternalParty, isExternalParty } from '#schema/event-persons.ts';
import { lookupToken } from '#schema/pseudonym.ts';
import { organizationText } from '#schema/values.ts';
import { sealsFrom, type Macs, type Seals } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { outsiderCodeContext, outsiderRow, personKeyContext, personKeyRow } from '../rows/person-key.ts';
import { eventLog, fileLogEntry, getLogEntry, searchLogEntries } from './contract.ts';
import { actorIdOf, filedBy, presentFiled, type LogEntry, type PersonalValues } from './entry.ts';
import { rangeOf, searchKeyOf, type Search, type SearchKey } from './search.ts';
import { eventLogStore, fileWrites } from './store.ts';

/** The values of persons in the entries that one request reads, by keys that are read once. */

const personsIn = ({ chain }: LogEntry): readonly string[] => (chain.state === 'sealed' ? personsOf({ chain }) : []);

/** @param seals open the keys */
function personalValues(
  table: Pick<Table<'personkey' | 'outsider'>, 'organization' | 'get' | 'getAll'>,
  seals: Pick<Seals & Macs, 'open' | 'lookupCode'>,
): PersonalValues {
  const keys = new Map<string, Buffer>();
  const read = new Set<string>();

  async function loadKeys(persons: readonly string[]): Promise<void> {
    const missing = persons.filter((person) => !read.has(person));
    if (missing.length === 0) return;
    const stored = await table.getAll(
      personKeyRow,
      missing.map((person) => ({ person, org_id: table.organization })),
    );
    await Promise.all(
      stored.map(async (key) => {
        if (key === undefined) return;
        keys.set(key.person, Buffer.from(await seals.open(key.sealed, personKeyContext(key)), 'base64url'));
      }),
    );
    for (const person of missing) read.add(person);
  }

  return {
    load: (entries) => loadKeys([...new Set(entries.flatMap(personsIn))]),
    show: ({ chain, ...entry }, only) =>
      chain.state === 'sealed' ? showValues({ ...entry, chain }, keys, only) : { ...entry, chain },
    tokenOf: async (outsider) => {
      const code = await seals.lookupCode(foldExternalParty(outsider), outsiderCodeContext(table.organization));
      const person = (await table.get(outsiderRow, { code }))?.person ?? undefined;
      if (person === undefined) return undefined;
      await loadKeys([person]);
      const key = keys.get(person);
      return key === undefined ? undefined : lookupToken(key);
    },
  };
}

const paginationOf = ({ limit, offset, total, nextToken, capped }: Page<LogEntry>) => ({
  page: Math.floor(offset / limit) + 1,
  per_page: limit,
  total_records: total,
  total_pages: Math.ceil(total / limit),
  next_page_token: nextToken,
  ...(capped ? { total_capped: true as const } : {}),
});

async function fileEntry(
  request: Request<typeof fileLogEntry>,
  { table, nextId }: Context<typeof eventLog>,
  catalogue: EventCatalogue,
) {
  const { event_type: type, ...filing } = request.body();
  assertClientType(catalogue, 'event_type', type);
  const { caller, organization, ip } = request;
  const actor = actorIdOf(filing, caller);
  const person = await eventLogStore(table, catalogue).user(actor);
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

/** Opens the values of persons, and tells what belongs in the event log. */
type Reader = { readonly seals: Pick<Seals & Macs, 'open' | 'lookupCode'>; readonly catalogue: EventCatalogue };

/** The keys under which the entries of a search are. Those of before persons had keys are under their clear text. */
async function keysOf(wanted: Search, values: PersonalValues): Promise<SearchKey[]> {
  const key = searchKeyOf(wanted);
  if (key.by !== 'resource' || !isExternalParty(key.id)) return [key];
  const token = await values.tokenOf(key.id);
  return token === undefined ? [key] : [key, { by: 'outsider', token }];
}

async function search(
  { body, page, now }: Request<typeof searchLogEntries>,
  { table }: Context<typeof eventLog>,
  { seals, catalogue }: Reader,
) {
  const wanted = body();
  const { page: number, per_page, page_token, ...filters } = wanted;
  const asked = { page: number ?? undefined, per_page: per_page ?? undefined, page_token: page_token ?? undefined };
  const between = rangeOf(wanted, now.getTime());
  const values = personalValues(table, seals);
  const request = page({ asked, filters });
  const keys = await keysOf(wanted, values);
  const entries = await eventLogStore(table, catalogue).page(request, wanted, { keys, between, values });
  return ok({ results: [...entries.items], pagination: paginationOf(entries) });
}

async function get(
  { params }: Request<typeof getLogEntry>,
  { table }: Context<typeof eventLog>,
  { seals, catalogue }: Reader,
) {
  const entry = found(await eventLogStore(table, catalogue).get(params.eventLogId), 'Event log entry');
  const values = personalValues(table, seals);
  await values.load([entry]);
  return ok(values.show(entry));
}

/**
 * @param dependencies what the function touches; tests bring their own
 * @param assets the files beside the bundle
 * @throws Error without secrets, which open the keys of persons
 */
export function eventLogHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({ secrets: secretsFromEnvironment() }),
  assets: Assets = assetsIn(join(import.meta.dirname, 'assets')),
) {
  if (dependencies.secrets === undefined) throw new Error('showing the values of persons needs secrets');
  const seals = sealsFrom(dependencies.secrets);
  const reader = (): Reader => ({ seals, catalogue: eventCatalogueIn(assets) });
  return serve(
    eventLog,
    {
      [fileLogEntry.route]: (request, context) => fileEntry(request, context, eventCatalogueIn(assets)),
      [searchLogEntries.route]: (request, context) => search(request, context, reader()),
      [getLogEntry.route]: (request, context) => get(request, context, reader()),
    },
    dependencies,
  );
}

export const handler = eventLogHandler();
