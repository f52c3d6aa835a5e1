import { invalidParameter } from '#errors.ts';
import type { PageRequest } from '#dynamodb/page.ts';
import { page } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import { dialplanGroups, listDialplanGroups } from './contract.ts';
import { groupStore } from './store.ts';

/** Groups of one page with members: each takes a query of its own. */
const maxGroupsWithMembers = 100;

function assertLimit({ limit }: PageRequest): void {
  if (limit > maxGroupsWithMembers)
    throw invalidParameter('limit', `must be at most ${maxGroupsWithMembers} with include_members`);
}

async function list(
  { query, page: request }: Request<typeof listDialplanGroups>,
  { table }: Context<typeof dialplanGroups>,
) {
  const store = groupStore(table);
  if (query.include_members === true) assertLimit(request());
  const groups = await store.page(request(), ({ status }) => query.status === undefined || status === query.status);
  if (query.include_members !== true) return page(groups);
  const members = await store.membersOf(groups.items);
  return page({ ...groups, items: groups.items.map((group, at) => ({ ...group, members: members[at] ?? [] })) });
}

export const dialplanGroupsApi = (dependencies: Dependencies = dependenciesFromEnvironment()): ApiHandler =>
  serve(dialplanGroups, { [listDialplanGroups.route]: list }, dependencies);

export const handler = dialplanGroupsApi();
