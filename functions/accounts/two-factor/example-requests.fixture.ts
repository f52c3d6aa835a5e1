import { generateSync } from 'otplib';
import { textAt, type Call, type Example, type Place } from '#test/support/example-request.ts';
import type { Member } from '#test/system/people.ts';
import { newMember } from '../users/example-requests.fixture.ts';

/** A member with a session that has begun a set-up, and the secret of it. */
async function beginning(place: Place): Promise<{ owner: Member; token: string; call: Call; secret: string }> {
  const owner = await newMember(place);
  const { token, call } = await place.sessionOf(owner);
  return { owner, token, call, secret: textAt(await call('GET', '/auth/twofactor/secret'), 'data', 'secret') };
}

const ownSession: Example = { ask: async (place) => ({ owner: await newMember(place) }) };

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /auth/twofactor/secret': ownSession,
  'GET /auth/twofactor/barcode': ownSession,
  'POST /auth/twofactor': {
    ask: async (place) => {
      const { owner, token, secret } = await beginning(place);
      return { owner, token, body: { totp_code: generateSync({ secret }) } };
    },
  },
  'DELETE /auth/twofactor': {
    ask: async (place) => {
      const { owner, token, call, secret } = await beginning(place);
      const enabled = await call('POST', '/auth/twofactor', { totp_code: generateSync({ secret }) });
      return { owner, token, body: { recovery_code: textAt(enabled, 'data', 'recovery_codes', '0') } };
    },
  },
};
