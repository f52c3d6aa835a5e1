import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { randomSecret } from '#credentials/random.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { commit } from '#dynamodb/commit.ts';
import { noticeAddressRow, noticeTokenRow } from '#dynamodb/rows/notice-address.ts';
import { create } from '#dynamodb/write.ts';

/** Only the owner of an address knows its token, so the address is stored as asked. @returns the token */
const askAddress = async ({ organization, unique, store }: ExampleTenant): Promise<string> => {
  const token = randomSecret();
  const asked = { address: `${unique()}@example.com`, token_hash: secretHash(token) };
  const [now, later] = [new Date().toISOString(), Math.floor(Date.now() / 1_000) + 3_600];
  await commit(store, organization, [
    create(noticeAddressRow, { ...asked, asked_at: now, confirmed_at: null }),
    create(noticeTokenRow, { ...asked, org_id: organization, expires_at: later }),
  ]);
  return token;
};

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /email/confirm': { prepare: async (tenant) => ({ query: { token: await askAddress(tenant) } }) },
  'POST /email/confirm': { prepare: async (tenant) => ({ body: { token: await askAddress(tenant) } }) },
};
