import type { Example } from '#test/support/example-request.ts';
import { randomSecret } from '#credentials/random.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { commit } from '#dynamodb/commit.ts';
import { credentialRow } from '#dynamodb/rows/user.ts';
import { create } from '#dynamodb/write.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { passwordResetRow } from '../rows/password-reset.ts';
import { examples } from './examples.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /auth/password/forgot': { prepare: ({ unique }) => ({ body: { username: unique() } }) },
  'POST /auth/password/reset': {
    // Only the owner of an address knows its token, so it is stored as the e-mail has it.
    prepare: async (tenant) => {
      const { organization, user } = await newMember(tenant);
      const email = `${tenant.unique()}@example.com`;
      await tenant.call('POST', `/users/${user.id}`, { email });
      const [token, expires_at] = [randomSecret(), Math.floor(Date.now() / 1_000) + 1_800];
      const hash = secretHash(token);
      const marks = [{ hash, request: tenant.unique(), expires_at }];
      await commit(tenant.store, organization, [
        create(credentialRow, { user_id: user.id, previous_passwords: [], password_resets: marks, version: 1 }),
        create(passwordResetRow, { hash, user_id: user.id, org_id: organization, email, expires_at }),
      ]);
      return { body: { ...examples.resetPassword, token } };
    },
  },
};
