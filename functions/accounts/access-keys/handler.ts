import { secretHash } from '#schema/secret-hash.ts';
import { randomSecret } from '#credentials/random.ts';
import type { AccessKeyItem } from '#dynamodb/rows/access-key.ts';
import { AppError, found } from '#errors.ts';
import { commits, created, ok, page } from '#http/answers/answer.ts';
import { forbiddenOrganization } from '#http/authorization/reach.ts';
import { readRightsSources } from '#http/authorization/rights.ts';
import type { Caller } from '#http/authorization/caller.ts';
import type { Request, Context } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { assertRoom, isLive, newAccessKey, presentKey, rotateKey } from './access-key.ts';
import { accessKeys, createAccessKey, deleteAccessKey, listAccessKeys, rotateAccessKey } from './contract.ts';
import { accessKeyStore, createWrites, deleteWrites, updateWrite } from './store.ts';

type KeysContext = Context<typeof accessKeys>;

const entityOf = ({ id }: AccessKeyItem) => ({ type: 'accesskey', id });
const tokenOf = (id: string, secret: string): string => `${id}.${secret}`;

/** The key, if it is live, of the organization that the request works in, and visible to the caller. */
function visible(
  key: AccessKeyItem | undefined,
  organization: number,
  now: Date,
  isVisible: (key: AccessKeyItem) => boolean,
): AccessKeyItem {
  const isShown = key?.org_id === organization && isLive(key, now) && isVisible(key);
  return found(isShown ? key : undefined, 'Access key');
}

const isOwn =
  (caller: Caller) =>
  (key: AccessKeyItem): boolean =>
    key.user_id === caller.id && key.org_id === caller.organization;

async function list(request: Request<typeof listAccessKeys>, { table }: KeysContext) {
  const { caller, query, now } = request;
  const user = query.user_id ?? caller.id;
  if (user !== caller.id && !caller.scopes.has('users:read'))
    throw new AppError('INSUFFICIENT_SCOPE', 'Access keys of other users need the scope users:read', {
      details: [{ path: 'scope', message: 'users:read' }],
    });
  const store = accessKeyStore(table);
  const listed = await store.page(request.page(), user, (key) => isLive(key, now));
  const lastUses = await store.lastUses(listed.items);
  return page({ ...listed, items: listed.items.map((key, at) => presentKey(key, lastUses[at])) });
}

async function create(request: Request<typeof createAccessKey>, { tableOf, nextId }: KeysContext) {
  const { caller, organization, body, recordIn, now } = request;
  const wanted = body();
  // A key belongs to its user's organization, whichever one within reach the request names.
  if (organization.org_id !== caller.organization) throw forbiddenOrganization();
  const store = accessKeyStore(tableOf(caller.organization));
  const [user, names] = await Promise.all([store.owner(caller.id), store.names(caller.id)]);
  if (user?.access.api_access !== true)
    throw new AppError('API_ACCESS_DISABLED', 'This user may not use the API by access keys');
  const secret = randomSecret();
  const owner = { id: caller.id, organization: caller.organization, rights: caller };
  const key = newAccessKey(wanted, owner, { id: nextId('key'), hash: secretHash(secret), now });
  assertRoom(names.names, key.name, now);
  const event = recordIn(key.org_id)('accesskey.created', {
    entity: entityOf(key),
    description: `Access key ${key.name} created`,
    persons: [key.user_id],
    fields: { scopes: key.scopes },
  });
  return commits(
    [...createWrites(key, names), event],
    created({ ...presentKey(key, undefined), token: tokenOf(key.id, secret) }),
  );
}

async function remove(request: Request<typeof deleteAccessKey>, { table }: KeysContext) {
  const { caller, organization, params, record, now, assertManages } = request;
  const mayManage = caller.scopes.has('users:write') && !caller.ownOnly.has('users:write');
  const stored = await accessKeyStore(table).get(params.id);
  const key = visible(stored, organization.org_id, now, (each) => isOwn(caller)(each) || mayManage);
  // Who has a key may delete it, whatever this one may do.
  const owner = isOwn(caller)(key) ? undefined : await accessKeyStore(table).owner(key.user_id);
  const owners = owner === undefined ? [] : [owner];
  assertManages(owners, await readRightsSources(table, owners));
  const event = record('accesskey.deleted', {
    entity: entityOf(key),
    description: `Access key ${key.name} deleted`,
    before: key,
  });
  return commits([...deleteWrites(key), event], ok({ id: key.id, deleted_at: now.toISOString() }));
}

async function rotate(request: Request<typeof rotateAccessKey>, { table }: KeysContext) {
  const { caller, organization, params, body, record, now } = request;
  const store = accessKeyStore(table);
  const key = visible(await store.get(params.id), organization.org_id, now, isOwn(caller));
  const { overlap_hours: overlap } = body();
  const secret = randomSecret();
  const after = rotateKey(key, overlap, { rights: caller, hash: secretHash(secret), now });
  const [usedAt] = await store.lastUses([key]);
  const event = record('accesskey.rotated', {
    entity: entityOf(key),
    description: `Access key ${key.name} rotated`,
    persons: [key.user_id],
    fields: { previous_valid_until: after.previous?.valid_until ?? null },
  });
  return commits(
    [updateWrite(after, key), event],
    ok({ ...presentKey(after, usedAt), token: tokenOf(key.id, secret) }),
  );
}

export const accessKeysHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    accessKeys,
    {
      [listAccessKeys.route]: list,
      [createAccessKey.route]: create,
      [deleteAccessKey.route]: remove,
      [rotateAccessKey.route]: rotate,
    },
    dependencies,
  );

export const handler = accessKeysHandler();
