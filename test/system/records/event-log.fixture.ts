import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { verify } from '#bin/verify-event-log.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Answer, Cloud } from '../cloud.ts';
import type { StormCloud } from '../storm-cloud.fixture.ts';

/** Concurrent writers to the event log of one organization, on a cloud whose functions are killed at random. */

const Organization = z.object({ data: z.object({ org_id: z.int() }) });
const Filed = z.object({ data: z.object({ event_log_id: z.string() }) });
const Found = z.object({
  data: z.object({
    results: z.array(z.looseObject({ event_log_id: z.string(), chain: z.looseObject({ state: z.string() }) })),
    pagination: z.object({ next_page_token: z.string() }),
  }),
});

type Entry = z.output<typeof Found>['data']['results'][number];

export type FilingOptions = { readonly writers: number; readonly entries: number };
export type Filing = {
  readonly filed: readonly string[];
  readonly logged: readonly Entry[];
  readonly findings: ReturnType<typeof verify>['findings'];
};

/** Milliseconds; messages of a killed sealer stay hidden for a minute. */
const timeout = 300_000;

type Ask = (method: string, path: string, json?: object, key?: string) => Promise<Answer>;

/** Files one entry: a request that fails or has no answer is repeated with the same idempotency key. */
const fileOne = (ask: Ask, organization: number, description: string): Promise<string> => {
  const key = randomUUID();
  return eventually(
    async () =>
      Filed.parse(
        (
          await ask(
            'PUT',
            `/eventlog/${organization}`,
            { event_type: 'door.opened', description, metadata: { key } },
            key,
          )
        ).body,
      ).data.event_log_id,
    timeout,
  );
};

async function readLog(ask: Ask, organization: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  let page_token: string | undefined;
  do {
    const { data } = Found.parse(
      (
        await ask('POST', `/eventlog/${organization}`, {
          per_page: 500,
          sort_order: 'asc',
          ...(page_token === undefined ? {} : { page_token }),
        })
      ).body,
    );
    entries.push(...data.results);
    page_token = data.pagination.next_page_token;
  } while (page_token !== '');
  return entries;
}

const askWithKey =
  ({ api }: Cloud, token: string): Ask =>
  (method, path, json, key) =>
    api(path, {
      method,
      token,
      headers: { accept: 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
      ...(json === undefined ? {} : { json }),
    });

/** All filed entries and the whole log, after every entry is in the chain. */
export async function fileConcurrently(
  { cloud, operator }: StormCloud,
  { writers, entries }: FilingOptions,
): Promise<Filing> {
  const ask = askWithKey(cloud, operator);
  const organization = await eventually(
    async () =>
      Organization.parse((await ask('PUT', '/orgs', { name: randomUUID(), country: 'US', timezone: 'UTC' })).body).data
        .org_id,
    timeout,
  );
  const each = Math.ceil(entries / writers);
  const writer = async (number: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 0; at < each; at += 1) ids.push(await fileOne(ask, organization, `writer ${number}, entry ${at}`));
    return ids;
  };
  const filed = (await Promise.all(Array.from({ length: writers }, (_, number) => writer(number)))).flat();
  const logged = await eventually(async () => {
    const log = await readLog(ask, organization);
    if (log.some(({ chain }) => chain.state === 'pending')) throw new Error('not all is chained yet');
    return log;
  }, timeout);
  return { filed, logged, findings: verify(logged.map((entry) => `${JSON.stringify(entry)}\n`).join('')).findings };
}
