import { secretHash } from '../../../shared/credentials/secret-hash.ts';
import { randomSecret } from '../../../shared/credentials/random.ts';
import type { AccessKeyItem } from '../../../shared/dynamodb/rows/access-key.ts';
import { AppError, notFound } from '../../../shared/errors.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import { outOfReach } from '../../../shared/http/authorization/authorize.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { serve } from '../../../shared/http/serve.ts';
import { isLive, newAccessKey, presentKey, requireRoom, rotatedKey } from './access-key.ts';
import { accessKeys, deleteAccessKey, listAccessKeys, putAccessKey, rotateAccessKey } from './contract.ts';
import { accessKeyStore, creation, removal, rotation } from './store.ts';

const entityOf = ({ id }: AccessKeyItem) => ({ type: 'accesskey', id });
const tokenOf = (id: string, secret: string): string => `${id}.${secret}`;

/** Whether a key may be known to the caller at all: of the organization that is worked in, one's own or by a right. */
function visible(
  key: AccessKeyItem | undefined,
  organization: number,
  now: Date,
  isVisible: (key: AccessKeyItem) => boolean,
): AccessKeyItem {
  if (key === undefined || key.org_id !== organization || !isLive(key, now) || !isVisible(key))
    throw notFound('Access key');
  return key;
}

const isOwn =
  (caller: Caller) =>
  (key: AccessKeyItem): boolean =>
    key.user_id === caller.id && key.org_id === caller.organization;

export const accessKeysHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    accessKeys,
    {
      [listAccessKeys.route]: async ({ caller, query, page: request, now }, { table }) => {
        const user = query.user_id ?? caller.id;
        if (user !== caller.id && !caller.scopes.has('users:read'))
          throw new AppError('INSUFFICIENT_SCOPE', 'Access keys of others need the scope users:read', {
            details: [{ path: 'scope', message: 'users:read' }],
          });
        const store = accessKeyStore(table);
        const found = await store.page(request(), user, (key) => isLive(key, now));
        const lastUses = await store.lastUses(found.items);
        return page({ ...found, items: found.items.map((key, at) => presentKey(key, lastUses[at])) });
      },

      [putAccessKey.route]: async ({ caller, organization, body, recordIn, now }, { tableOf, nextId }) => {
        const wanted = body();
        // A key is its maker's, whichever organization in reach the request names.
        if (organization.org_id !== caller.organization) throw outOfReach();
        const store = accessKeyStore(tableOf(caller.organization));
        const [owner, taken] = await Promise.all([store.owner(caller.id), store.taken(caller.id)]);
        if (owner?.access.api_access !== true)
          throw new AppError('API_ACCESS_DISABLED', 'Access keys of this user are not accepted');
        const secret = randomSecret();
        const maker = { id: caller.id, organization: caller.organization, standing: caller };
        const key = newAccessKey(wanted, maker, { id: nextId('key'), hash: secretHash(secret), now });
        requireRoom(taken.names, key.name, now);
        const event = recordIn(key.org_id)('accesskey.created', {
          entity: entityOf(key),
          description: `Access key ${key.name} created`,
          fields: { scopes: key.scopes },
        });
        return commits(
          [...creation(key, taken), event],
          created({ ...presentKey(key, undefined), token: tokenOf(key.id, secret) }),
        );
      },

      [deleteAccessKey.route]: async ({ caller, organization, params, record, now }, { table }) => {
        const mayManage = caller.scopes.has('users:write') && !caller.ownOnly.has('users:write');
        const found = await accessKeyStore(table).get(params.id);
        const key = visible(found, organization.org_id, now, (each) => isOwn(caller)(each) || mayManage);
        const event = record('accesskey.deleted', {
          entity: entityOf(key),
          description: `Access key ${key.name} deleted`,
          before: key,
        });
        return commits([...removal(key), event], ok({ id: key.id, deleted_at: now.toISOString() }));
      },

      [rotateAccessKey.route]: async ({ caller, organization, params, body, record, now }, { table }) => {
        const store = accessKeyStore(table);
        const key = visible(await store.get(params.id), organization.org_id, now, isOwn(caller));
        const { overlap_hours: overlap } = body();
        const secret = randomSecret();
        const after = rotatedKey(key, overlap, { standing: caller, hash: secretHash(secret), now });
        const [usedAt] = await store.lastUses([key]);
        const event = record('accesskey.rotated', {
          entity: entityOf(key),
          description: `Access key ${key.name} rotated`,
          fields: { previous_valid_until: after.previous?.valid_until ?? null },
        });
        return commits(
          [rotation(after, key), event],
          ok({ ...presentKey(after, usedAt), token: tokenOf(key.id, secret) }),
        );
      },
    },
    dependencies,
  );

export const handler = accessKeysHandler();
