import { AppError } from '../../../shared/errors.ts';
import type { PageRequest } from '../../../shared/dynamodb/page.ts';
import { page } from '../../../shared/http/answers/answer.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve, type ApiHandler } from '../../../shared/http/serve.ts';
import { dialplanGroups, listDialplanGroups } from './contract.ts';
import { groupStore } from './store.ts';

/** Groups that are shown with their members, on one page (dialplan.md, "Groups"). */
const maxWithMembers = 100;

function requireFew({ limit }: PageRequest): void {
  if (limit <= maxWithMembers) return;
  const message = `at most ${maxWithMembers} with include_members`;
  throw new AppError('INVALID_PARAMETER', `limit: ${message}`, { details: [{ path: 'limit', message }] });
}

export const dialplanGroupsApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(
    dialplanGroups,
    {
      [listDialplanGroups.route]: async ({ query, page: request }, { table }) => {
        const store = groupStore(table);
        if (query.include_members === true) requireFew(request());
        const found = await store.page(
          request(),
          ({ status }) => query.status === undefined || status === query.status,
        );
        if (query.include_members !== true) return page(found);
        const members = await store.membersOf(found.items);
        return page({ ...found, items: found.items.map((group, at) => ({ ...group, members: members[at] ?? [] })) });
      },
    },
    dependencies,
  );

export const handler = dialplanGroupsApi();
