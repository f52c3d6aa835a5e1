/**
 * `npm run admin-password`: gives the operator's administrator of a running `npm start` a new password:
 * `ADMIN_PASSWORD`, or a generated one, which is printed. Its sessions end, and a lock does by itself.
 *
 * `DATA_DIR`: as of `npm start`. Who can read that folder has all data of the platform, so nothing else is asked for.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { monotonicFactory } from 'ulid';
import { newPasswordFault } from '#schema/new-password.ts';
import { costIn, scryptPasswords } from '#credentials/password-hash.ts';
import { commit } from '#dynamodb/commit.ts';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { credentialRow, usernameRow, userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { replace } from '#dynamodb/write.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { command, CommandError, run } from './command-line/command.ts';
import { stageAt } from './stage/stage.ts';

export const tool = command({
  name: 'admin-password',
  purpose:
    "Gives the operator's administrator of a running `npm start` a new password: ADMIN_PASSWORD, or a generated one. " +
    'DATA_DIR is that of `npm start`.',
});

function fail(reason: string): never {
  throw new CommandError(reason);
}

if (import.meta.main)
  await run(tool, async () => {
    const file = join(process.env['DATA_DIR'] ?? '.local', 'outputs.json');
    const { names, options } = stageAt(file);
    const store = { client: new DynamoDBClient(options), tableName: names.table };
    const table = tableFor<'user' | 'credential' | 'username'>(store, operatorOrganization);
    const username = process.env['ADMIN_USERNAME'] ?? 'admin';
    const chosen = process.env['ADMIN_PASSWORD'];
    const password = chosen ?? randomBytes(18).toString('base64url');
    const problem = chosen === undefined ? null : await newPasswordFault(chosen, [username]);
    if (problem !== null) fail(`ADMIN_PASSWORD ${problem}.`);

    const marker = await table.get(usernameRow, { username });
    if (marker?.org_id !== operatorOrganization)
      fail(`${username} has never signed in: the password is that of the first start, or of a new DATA_DIR.`);
    const [user, credential] = await Promise.all([
      table.get(userRow, { id: marker.user_id }),
      table.get(credentialRow, { user_id: marker.user_id }),
    ]);
    if (user === undefined || credential === undefined) fail(`${username} does not exist.`);
    const now = new Date();
    const at = now.toISOString();
    const ulid = monotonicFactory();
    const nextId = (prefix: string): string => `${prefix}_${ulid()}`;
    const record = recorder({ origin: systemOrigin, organization: operatorOrganization, now, nextId });
    const hashed = await scryptPasswords(costIn(process.env)).hash(password);
    const next = { ...credential, password: hashed, previous_passwords: [], password_resets: [] };
    const changed = { ...user, password_changed_at: at, must_change_password: false, updated_at: at };
    await commit(store, operatorOrganization, [
      // Sessions of another epoch are over.
      replace(userRow, { ...changed, session_epoch: user.session_epoch + 1, version: user.version + 1 }, user),
      replace(credentialRow, { ...next, version: credential.version + 1 }, credential),
      record('user.password_changed', {
        entity: { type: 'user', id: user.id },
        description: `The password of ${username} was set on the machine`,
      }),
    ]);
    console.log(
      chosen === undefined ? `New password of ${username}: ${password}` : `${username} has the new password.`,
    );
  });
