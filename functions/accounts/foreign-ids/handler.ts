import { found } from '#errors.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { organizationText } from '#schema/values.ts';
import {
  deleteForeignId,
  findUsersByForeignId,
  foreignIds,
  getForeignId,
  listForeignIds,
  setForeignIds,
} from './contract.ts';
import {
  assertFree,
  changesOf,
  foreignIdOfType,
  presentForeignId,
  valuesByType,
  withChanges,
  type ForeignId,
} from './foreign-id.ts';
import { deleteWrites, foreignIdStore, setWrites } from './store.ts';

type ForeignIdsContext = Context<typeof foreignIds>;

const present = (organization: number, user: string, list: readonly ForeignId[]) => ({
  userId: user,
  orgId: organizationText(organization),
  foreignIds: list.map(presentForeignId),
});

async function set(
  { params, body, organization, now, record }: Request<typeof setForeignIds>,
  context: ForeignIdsContext,
) {
  const store = foreignIdStore(context.table);
  const [user, stored] = await Promise.all([store.user(params.userId), store.ofUser(params.userId)]);
  const { id, username } = found(user, 'User');
  const wanted = body();
  const changed = changesOf(wanted, { user: id, stored, now: now.toISOString() });
  const values = wanted.foreignIds.map(({ foreignIdType: type, foreignId: value }) => ({ type, value }));
  assertFree(id, await store.owners(values));
  const answer = ok(present(organization.org_id, id, withChanges(stored, changed)), {
    message: 'Foreign ids set successfully',
  });
  if (changed.length === 0) return answer;
  return commits(
    [
      ...setWrites(id, changed),
      record('user.foreignid.set', {
        entity: { type: 'user', id },
        description: `Foreign ids of ${username} set`,
        before: valuesByType(changed.map(({ before }) => before)),
        after: valuesByType(changed.map(({ after }) => after)),
      }),
    ],
    answer,
  );
}

/** A user that has just been deleted has no id any more, although its values may still exist. */
async function find({ body }: Request<typeof findUsersByForeignId>, { table }: ForeignIdsContext) {
  const store = foreignIdStore(table);
  const { foreignIdType: type, foreignIds: asked } = body();
  const values = [...new Set(asked)];
  const owners = await store.owners(values.map((value) => ({ type, value })));
  const users = await store.users([...new Set(owners.filter((owner) => owner !== undefined))]);
  const byId = new Map(users.flatMap((user) => (user === undefined ? [] : [[user.id, user]])));
  const results = values.flatMap((foreignId, at) => {
    const user = byId.get(owners[at] ?? '');
    return user === undefined
      ? []
      : [{ foreignId, userId: user.id, userName: user.username, displayName: user.display_name }];
  });
  const known = new Set(results.map(({ foreignId }) => foreignId));
  return ok({ results, notFound: values.filter((value) => !known.has(value)) });
}

async function remove(request: Request<typeof deleteForeignId>, { table }: ForeignIdsContext) {
  const { params, organization, now, record } = request;
  const store = foreignIdStore(table);
  const [user, stored] = await Promise.all([store.user(params.userId), store.ofType(params.userId, params.type)]);
  const { id, username } = found(user, 'User');
  const gone = foreignIdOfType(stored === undefined ? [] : [stored], params.type);
  return commits(
    [
      ...deleteWrites(gone),
      record('user.foreignid.deleted', {
        entity: { type: 'user', id },
        description: `Foreign id ${gone.type} of ${username} removed`,
        before: valuesByType([gone]),
        after: {},
      }),
    ],
    ok(
      {
        userId: id,
        orgId: organizationText(organization.org_id),
        foreignIdType: gone.type,
        deletedAt: now.toISOString(),
      },
      { message: 'Foreign id removed successfully' },
    ),
  );
}

export const foreignIdsHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    foreignIds,
    {
      [listForeignIds.route]: async ({ params, organization }, { table }) => {
        const store = foreignIdStore(table);
        const [user, stored] = await Promise.all([store.user(params.userId), store.ofUser(params.userId)]);
        return ok(present(organization.org_id, found(user, 'User').id, stored));
      },

      [getForeignId.route]: async ({ params, organization }, { table }) => {
        const store = foreignIdStore(table);
        const [user, stored] = await Promise.all([store.user(params.userId), store.ofType(params.userId, params.type)]);
        return ok(present(organization.org_id, found(user, 'User').id, stored === undefined ? [] : [stored]));
      },

      [setForeignIds.route]: set,
      [findUsersByForeignId.route]: find,
      [deleteForeignId.route]: remove,
    },
    dependencies,
  );

export const handler = foreignIdsHandler();
