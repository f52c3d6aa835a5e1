import { generateSync } from 'otplib';
import { textAt, type Call, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import type { Member } from '#test/system/people.ts';
import { newMember } from '../users/example-requests.fixture.ts';

/** A member with a session that has begun a set-up, and the secret of it. */
async function beginning(tenant: ExampleTenant): Promise<{ owner: Member; token: string; call: Call; secret: string }> {
  const owner = await newMember(tenant);
  const { token, call } = await tenant.sessionOf(owner);
  return { owner, token, call, secret: textAt(await call('GET', '/auth/twofactor/secret'), 'data', 'secret') };
}

const ownSession: Example = { prepare: async (tenant) => ({ owner: await newMember(tenant) }) };

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /auth/twofactor/secret': ownSession,
  'GET /auth/twofactor/barcode': ownSession,
  'POST /auth/twofactor': {
    prepare: async (tenant) => {
      const { owner, token, secret } = await beginning(tenant);
      return { owner, token, body: { totp_code: generateSync({ secret }) } };
    },
  },
  'DELETE /auth/twofactor': {
    prepare: async (tenant) => {
      const { owner, token, call, secret } = await beginning(tenant);
      const enabled = await call('POST', '/auth/twofactor', { totp_code: generateSync({ secret }) });
      return { owner, token, body: { recovery_code: textAt(enabled, 'data', 'recovery_codes', '0') } };
    },
  },
};
