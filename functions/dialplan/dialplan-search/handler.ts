import { page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import { dialplanSearch, searchFields, searchPolicies } from './contract.ts';
import { search } from './search.ts';
import { pageOf, searchStore } from './store.ts';

/** The search parameters as sent, numbers as numbers. */
const echoOf = (sent: Readonly<Record<string, string>>): Record<string, string | number> =>
  Object.fromEntries(
    Object.keys(searchFields).flatMap((name) => {
      const value = sent[name];
      return value === undefined ? [] : [[name, name.startsWith('priority_') ? Number(value) : value]];
    }),
  );

async function find(
  { query, page: request, asked }: Request<typeof searchPolicies>,
  { table }: Context<typeof dialplanSearch>,
) {
  const store = searchStore(table);
  const [policies, groupId] = await Promise.all([
    store.policies(),
    query.group === undefined ? undefined : store.groupNamed(query.group),
  ]);
  return page(await pageOf(request(), search(policies, query, groupId)), { query: echoOf(asked.query) });
}

export const searchApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(dialplanSearch, { [searchPolicies.route]: find }, dependencies);

export const handler = searchApi();
