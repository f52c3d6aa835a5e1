import { afterAll, beforeAll, expect, test } from 'vitest';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, type Reply } from '#test/support/requests.fixture.ts';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { firstIdAt } from '#dynamodb/ulid.ts';
import { create } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { queuedEmail, type Email } from '#schema/email.ts';
import { emailHandler } from './handler.ts';

const organization = 5_800;
const HOUR = 3_600_000;
let stores: TestStore;
let handler: ApiHandler;
let token = '';
let agent = '';

/** An e-mail of so many hours before noon. */
function hoursAgo(hours: number, more: Partial<Email> = {}) {
  const at = noon.getTime() - hours * HOUR;
  return create(emailRow, {
    ...queuedEmail({
      id: firstIdAt('eml', at),
      to: ['ann@example.com'],
      cc: [],
      template: 'policy_call_log',
      template_version: 1,
      subject: `${hours}`,
      text: 'T',
      created_at: new Date(at).toISOString(),
    }),
    ...more,
  });
}

beforeAll(async () => {
  stores = await startStore();
  const tenants = await tenantsIn(stores.store);
  token = await tenants.join(organization);
  agent = await tenants.join(organization, { user: { roles: ['agent'] }, session: { own_only: ['messaging:read'] } });
  handler = emailHandler(testDependencies(stores.store, { clock: manualClock(noon.toISOString()) }));
  await commit(stores.store, organization, [
    hoursAgo(0),
    hoursAgo(1, { status: 'sent', to: ['bob@example.com'] }),
    hoursAgo(2, { status: 'failed', template: 'welcome_email' }),
    hoursAgo(24),
    hoursAgo(25, { status: 'sent' }),
    hoursAgo(31 * 24),
  ]);
});
afterAll(() => stores.stop());

const list = (query: Readonly<Record<string, string>> = {}, as = token): Promise<Reply> =>
  call(handler, 'GET /email', { token: as, query });
const subjects = async (query: Readonly<Record<string, string>> = {}, as = token): Promise<readonly string[]> =>
  ((await list(query, as)).body as object as { readonly data: readonly { readonly subject: string }[] }).data.map(
    ({ subject }) => subject,
  );

test('a list shows the e-mails of the last day, or of a range, newest first', async () => {
  expect(await subjects()).toEqual(['0', '1', '2', '24']);
  expect(await subjects({ start: '2026-11-19T12:00:00Z' })).toEqual(['0', '1', '2', '24']);
  expect(await subjects({ start: '2026-11-19T11:00:00Z', end: '2026-11-20T10:00:00Z' })).toEqual(['24', '25']);
  expect(await subjects({ start: '2026-10-20T12:00:00Z' })).toEqual(['0', '1', '2', '24', '25', '744']);
  expect(await subjects({ end: '2026-10-20T12:00:00.001Z' })).toEqual(['744']);
});

test('filters of state, recipient and template apply alone and together', async () => {
  const since = { start: '2026-11-19T00:00:00Z' };
  expect(
    await Promise.all(
      [
        { status: 'sent' },
        { to: 'Bob@Example.com' },
        { template: 'welcome_email' },
        { to: 'ann@example.com', status: 'sent' },
        { status: 'sending' },
      ].map((query) => subjects({ ...since, ...query })),
    ),
  ).toEqual([['1', '25'], ['1'], ['2'], ['25'], []]);
});

test('a page continues where the previous one ended', async () => {
  const { body } = await list({ limit: '2' });
  const { total, next_page_token: page_token } = body as object as {
    readonly total: number;
    readonly next_page_token: string;
  };
  expect([total, await subjects({ limit: '2', page_token })]).toEqual([4, ['2', '24']]);
});

test('own-only callers see no e-mail that a policy sent', async () => {
  expect(await subjects({}, agent)).toEqual([]);
  expect(
    (await call(handler, 'GET /email/{id}', { token: agent, params: { id: firstIdAt('eml', noon.getTime()) } })).status,
  ).toBe(404);
  expect(
    (await call(handler, 'GET /email/{id}', { token, params: { id: firstIdAt('eml', noon.getTime()) } })).body,
  ).toMatchObject({ data: { subject: '0', batch_id: null, from: null } });
});
