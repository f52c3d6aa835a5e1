import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { monotonicFactory } from 'ulid';
import { commit } from '#dynamodb/commit.ts';
import { accessKeyRow, type AccessKeyItem } from '#dynamodb/rows/access-key.ts';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { usernameRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, remove } from '#dynamodb/write.ts';
import { builtInRolesOf, effectiveRights } from '#http/authorization/permissions.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { stageAt } from '../stage/stage.ts';
import { asking, DemoError, type Ask, type LocalCloud } from './client.ts';

/**
 * Signs the demo in without the password of the operator, which may have to be changed first: who can read the data
 * directory has all data of the platform.
 */

/** Seconds that a run takes at most. */
const ttl = 4 * 3_600;

/** A log-in, whatever its outcome, creates the operator of a new data directory. */
const ensureOperator = ({ api }: LocalCloud): Promise<unknown> =>
  fetch(`${api}/auth/user`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'demo', password: randomBytes(12).toString('hex') }),
  });

const ulid = monotonicFactory();
const nextId = (prefix: string): string => `${prefix}_${ulid()}`;

/** A key with all rights of the operator, whose user may still have to change its password. */
function keyOf(user: string, hash: string): AccessKeyItem {
  const now = new Date();
  const { scopes, ownOnly, reach } = effectiveRights({ roles: builtInRolesOf(['operator']), granted: [], denied: [] });
  return {
    ...{ id: nextId('key'), org_id: operatorOrganization, user_id: user, name: 'npm run demo', detail: '' },
    ...{ scopes, own_only: ownOnly, reach, hash, allowed_ips: [], version: 1 },
    created_at: now.toISOString(),
    expires_at: Math.floor(now.getTime() / 1_000) + ttl,
  };
}

/**
 * An access key of the operator's administrator, for one run.
 *
 * @param file `outputs.json` of the cloud
 * @returns `ask`: sends requests with it; `end`: deletes it
 * @throws DemoError if the administrator has another name
 */
export async function signInToDemo(
  cloud: LocalCloud,
  file: string,
): Promise<{ readonly ask: Ask; readonly end: () => Promise<void> }> {
  await ensureOperator(cloud);
  const { names, options } = stageAt(file);
  const store = { client: new DynamoDBClient(options), tableName: names.table };
  const username = process.env['ADMIN_USERNAME'] ?? 'admin';
  const administrator = await tableFor<'username'>(store, operatorOrganization).get(usernameRow, { username });
  if (administrator?.org_id !== operatorOrganization)
    throw new DemoError(`${username} is not the administrator: set ADMIN_USERNAME as for \`npm start\`.`);
  const secret = randomBytes(32).toString('base64url');
  const key = keyOf(administrator.user_id, secretHash(secret));
  const record = (type: 'accesskey.created' | 'accesskey.deleted') =>
    recorder({ origin: systemOrigin, organization: operatorOrganization, now: new Date(), nextId })(type, {
      entity: { type: 'accesskey', id: key.id },
      description: `Access key ${key.name}, made on the machine for one run`,
    });
  await commit(store, operatorOrganization, [create(accessKeyRow, key), record('accesskey.created')]);
  const end = (): Promise<void> =>
    commit(store, operatorOrganization, [remove(accessKeyRow, key), record('accesskey.deleted')]);
  return { ask: asking(cloud, `${key.id}.${secret}`), end };
}

/** From which the passwords of the demo's users follow. @param file `outputs.json` of the cloud */
export function demoSecret(file: string): string {
  const kept = join(dirname(file), 'demo-secret');
  if (!existsSync(kept)) writeFileSync(kept, randomBytes(32).toString('base64url'), { mode: 0o600 });
  return readFileSync(kept, 'utf8');
}
