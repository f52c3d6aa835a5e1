import { page } from '../../../shared/http/answers/answer.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import { dialplanSearch, searchFields, searchPolicies } from './contract.ts';
import { search } from './search.ts';
import { pageOf, searchStore } from './store.ts';

/** What was asked for, as it was sent; numbers as numbers. */
const echoed = (sent: Readonly<Record<string, string>>): Record<string, string | number> =>
  Object.fromEntries(
    Object.keys(searchFields).flatMap((name) => {
      const value = sent[name];
      return value === undefined ? [] : [[name, name.startsWith('priority_') ? Number(value) : value]];
    }),
  );

export const searchApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanSearch,
    {
      [searchPolicies.route]: async ({ query, page: request, asked }, { table }) => {
        const store = searchStore(table);
        const [policies, groupId] = await Promise.all([
          store.policies(),
          query.group === undefined ? undefined : store.groupNamed(query.group),
        ]);
        return page(await pageOf(request(), search(policies, query, groupId)), { query: echoed(asked.query) });
      },
    },
    dependencies,
  );

export const handler = searchApi();
