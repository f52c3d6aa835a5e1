import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf, tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { call, outcome, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { firstIdAt } from '#dynamodb/ulid.ts';
import { create } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { queuedEmail, type Email } from '#schema/email.ts';
import { storeDomain, storeTemplate } from '#test/support/email.fixture.ts';
import { memoryObjects, type MemoryObjects } from '#test/support/objects.fixture.ts';
import { fileReferenceRow, fileRow } from '#dynamodb/rows/file.ts';
import { userEmailRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { EmailSettings } from '#schema/email-settings.ts';
import type { File } from '#schema/file.ts';
import { contentOf } from '../schema/email-content.ts';
import { emailHandler } from './handler.ts';
import { suppressionWrite } from '../email-suppressions/row.ts';
import { strikeAddress } from '../email-suppressions/suppression.ts';

const organization = 5_800;
const HOUR = 3_600_000;
const stores = testStore();
let tenants: Tenants;
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
  tenants = await tenantsIn(stores.store);
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

let last = 6_700;
type Sender = { readonly settings?: EmailSettings; readonly limit?: string };

/** An organization with the template `invoice`, the domain `acme.example` and the user ann. */
async function newSender({ settings = {}, limit = '300' }: Sender = {}) {
  const organization = (last += 1);
  const more = organizationOf(organization, { settings: { email: settings } });
  const token = await tenants.join(organization, { organization: more });
  const objects: MemoryObjects = memoryObjects();
  const clock = manualClock(noon.toISOString());
  const environment = { RATE_LIMIT_EMAIL: limit, RATE_LIMIT_SCALE: '1' };
  const dependencies = Object.assign(testDependencies(stores.store, { clock, environment }), { objects });
  const handler = emailHandler(dependencies);
  await storeTemplate(stores.store, organization, { name: 'invoice', html: '<p>{{name}}</p>' });
  await storeDomain(stores.store, organization, `acme${organization}.example`);
  await commit(stores.store, organization, [create(userEmailRow, { email: 'ann@example.com', owner: 'usr_ann' })]);
  const from = `shop@acme${organization}.example`;
  const body = { to: 'eve@example.net', from, template: 'invoice', variables: { name: 'Eve', month: 'May' } };
  return {
    organization,
    objects,
    clock,
    from,
    dependencies,
    send: (more: object = {}, as = token, headers: Readonly<Record<string, string>> = {}) =>
      call(handler, 'PUT /email', { token: as, headers, json: { ...body, ...more } }),
    list: (query: Readonly<Record<string, string>> = {}, as = token) =>
      call(handler, 'GET /email', { token: as, query }),
    get: (id: string, as = token) => call(handler, 'GET /email/{id}', { token: as, params: { id } }),
    emails: async () => (await tableFor<'email'>(stores.store, organization).query(emailRow, {})).items,
    joinAgent: () =>
      tenants.join(organization, {
        organization: more,
        user: { roles: ['agent'] },
        session: { own_only: ['messaging:read', 'messaging:write', 'files:read'] },
      }),
  };
}

/** The data of an answer about e-mails. */
const dataOf = ({ body }: Reply) =>
  body.data as object as {
    readonly email_id: string;
    readonly batch_id: string;
    readonly emails: readonly { readonly email_id: string; readonly to: string }[];
  };
/** The e-mails of a list. */
const itemsOf = ({ body }: Reply) =>
  body.data as object as readonly { readonly email_id: string; readonly to: readonly string[] }[];
const pathsOf = ({ body }: Reply) => body.error.details.map(({ path }) => path);

test('an e-mail is accepted in one transaction, with its rendered content in an object', async () => {
  const { send, objects, emails, organization, from } = await newSender();
  const answer = await send({
    cc: 'Bob@Example.com',
    subject: 'Dear {{name}}',
    attachments: [{ filename: 'a.txt', content: 'SGVq' }],
  });
  expect([outcome(answer), answer.body]).toEqual([
    '200',
    expect.objectContaining({ status: 'success', success: true }),
  ]);
  expect(dataOf(answer)).toMatchObject({ status: 'queued', to: ['eve@example.net'], subject: 'Dear Eve' });
  const [email] = await emails();
  expect(email).toMatchObject({ sender: { address: from, name: null }, cc: ['bob@example.com'], text: null });
  expect(contentOf(objects.kept.get(email?.content ?? '') ?? new Uint8Array())).toEqual({
    html: '<p>Eve</p>',
    text: expect.stringContaining('Eve'),
    attachments: [{ filename: 'a.txt', type: 'application/octet-stream', content: 'SGVq' }],
  });
  expect((await eventsOf(stores.store, organization)).map(({ type, entity }) => [type, entity.id])).toEqual([
    ['email.queued', email?.id],
  ]);
});

test('a request with an Idempotency-Key is accepted once', async () => {
  const { send, emails } = await newSender();
  const key = { 'idempotency-key': 'once' };
  const [first, second] = [await send({}, undefined, key), await send({}, undefined, key)];
  expect(dataOf(second)).toEqual(dataOf(first));
  expect(await emails()).toHaveLength(1);
  expect(outcome(await send({ to: 'bob@example.net' }, undefined, key))).toBe('422 IDEMPOTENCY_KEY_REUSED');
});

test('fifty recipients are one batch in one transaction', async () => {
  const { send, get, emails, organization } = await newSender();
  const to = Array.from({ length: 50 }, (_, at) => `${at}@example.net`);
  const { batch_id: id, emails: listed } = dataOf(await send({ to }));
  expect(listed.map((each) => each.to)).toEqual(to);
  expect([await emails(), dataOf(await get(id))]).toMatchObject([
    { length: 50 },
    { total_emails: 50, counts: { queued: 50 } },
  ]);
  expect((await eventsOf(stores.store, organization)).map(({ entity }) => entity.id)).toEqual([id]);
});

describe('nothing is accepted', () => {
  test.each([
    [{ to: 'eve' }, '400 INVALID_EMAIL_ADDRESS', ['to']],
    [{ to: undefined }, '400 MISSING_FIELD', ['to']],
    [{ template: 'none' }, '400 TEMPLATE_NOT_FOUND', ['template']],
    [{ template: 'welcome_email' }, '403 TEMPLATE_NOT_AUTHORIZED', []],
    [{ variables: {} }, '400 MISSING_REQUIRED_VARIABLE', ['variables.month', 'variables.name']],
    [{ subject: '{{#each a}}' }, '422 INVALID_TEMPLATE', ['subject']],
    [{ from: 'shop@other.example' }, '422 SENDER_NOT_VERIFIED', ['from']],
    [{ from: undefined }, '422 SENDER_NOT_VERIFIED', ['from']],
    [{ attachments: [{ file_id: 'file_none' }] }, '400 INVALID_ATTACHMENT', ['attachments[0].file_id']],
    [{ attachments: [{ filename: 'a.exe', content: 'SGVq' }] }, '400 INVALID_ATTACHMENT', ['attachments[0].filename']],
    [{ variables: { name: { a: { b: { c: { d: { e: 1 } } } } } } }, '422 VALIDATION_FAILED', ['variables']],
  ] as const)('for %j', async (more, expected, paths) => {
    const { send, emails, objects, organization } = await newSender();
    const answer = await send(more);
    expect([outcome(answer), pathsOf(answer).toSorted()]).toEqual([expected, [...paths]]);
    expect([await emails(), objects.kept.size, await eventsOf(stores.store, organization)]).toEqual([[], 0, []]);
  });

  test('while e-mail is switched off', async () => {
    const { send } = await newSender({ settings: { enabled: false } });
    expect(outcome(await send())).toBe('403 EMAIL_DISABLED');
  });

  test('when its content cannot be stored', async () => {
    const { send, emails, objects, dependencies } = await newSender();
    Object.assign(objects, { put: () => Promise.reject(new Error('S3 is away')) });
    expect(outcome(await send())).toBe('500 GATEWAY_ERROR');
    expect([await emails(), dependencies.faults.length > 0]).toEqual([[], true]);
  });

  test('for a single recipient that is suppressed', async () => {
    const { send, organization } = await newSender();
    const suppression = strikeAddress('eve@example.net', undefined, { strike: 'complaint', now: noon });
    await commit(stores.store, organization, [suppressionWrite(undefined, suppression)]);
    expect(outcome(await send())).toBe('422 RECIPIENT_SUPPRESSED');
    const answer = await send({ to: ['eve@example.net', 'bob@example.net'] });
    expect(dataOf(answer)).toMatchObject({ queued: 1, failed: 1 });
    expect((await send({ to: 'bob@example.net', cc: 'eve@example.net' })).body).toMatchObject({
      warnings: [expect.stringMatching(/^eve@example.net gets no copy/)],
    });
  });

  test('beyond the recipients of a minute, which requests that are rejected do not use', async () => {
    const { send, clock, objects } = await newSender({ limit: '5' });
    const to = (count: number, more: object = {}) =>
      send({ to: Array.from({ length: count }, (_, at) => `${at}@example.net`), ...more });
    expect(outcome(await to(3, { cc: 'c@example.net' }))).toBe('200');
    const rejected = await to(2);
    expect([outcome(rejected), rejected.headers['retry-after']]).toEqual(['429 RATE_LIMIT_EXCEEDED', '60']);
    expect(objects.kept.size).toBe(1);
    expect(outcome(await to(1))).toBe('200');
    clock.advance(60);
    expect((await Promise.all([to(3), to(3)])).map(outcome).toSorted()).toEqual(['200', '429 RATE_LIMIT_EXCEEDED']);
  });
});

test("the platform's own address writes to people of the organization", async () => {
  const { send, emails } = await newSender();
  const sent = await send({ from: undefined, from_name: 'Acme', to: 'Ann@example.com' });
  expect(outcome(sent)).toBe('200');
  expect(sent.body).toMatchObject({ warnings: [expect.stringMatching(/^from_name has no effect/)] });
  expect(await emails()).toMatchObject([{ sender: null }]);
});

test('the settings of the organization have the sender of e-mails that name none', async () => {
  const organization = last + 1;
  const settings = { default_from: `hi@acme${organization}.example`, default_from_name: 'Acme' };
  const { send, emails } = await newSender({ settings });
  expect(outcome(await send({ from: undefined }))).toBe('200');
  expect(await emails()).toMatchObject([{ sender: { address: settings.default_from, name: 'Acme' } }]);
});

test('a platform template that was opened is sent', async () => {
  const { send } = await newSender({ settings: { platform_templates: ['welcome_email'] } });
  expect(dataOf(await send({ template: 'welcome_email' }))).toMatchObject({
    template: 'welcome_email',
    subject: 'Welcome',
  });
});

describe('a file', () => {
  const fileOf = (id: string, more: Partial<File> = {}): File => ({
    id,
    name: 'terms.pdf',
    kind: 'attachment',
    description: null,
    content: { number: 2, content_type: 'application/pdf', size: 5_000_000, sha256: 'x' },
    upload: null,
    created_by: 'usr_1',
    created_at: noon.toISOString(),
    updated_at: noon.toISOString(),
    version: 1,
    ...more,
  });

  test('that is ready is attached by reference, and referred to while the e-mail is queued', async () => {
    const { send, organization, objects, emails } = await newSender();
    await commit(stores.store, organization, [create(fileRow, fileOf('file_1')), create(fileRow, fileOf('file_2'))]);
    expect(outcome(await send({ attachments: [{ file_id: 'file_1' }] }))).toBe('200');
    const [email] = await emails();
    expect(contentOf(objects.kept.get(email?.content ?? '') ?? new Uint8Array()).attachments).toEqual([
      { filename: 'terms.pdf', type: 'application/pdf', key: `org_${organization}/files/file_1/2` },
    ]);
    const table = tableFor<'reference'>(stores.store, organization);
    expect((await table.query(fileReferenceRow, { resource: 'file_1' })).items).toMatchObject([
      { type: 'email', id: email?.id },
    ]);
    const three = ['file_1', 'file_2', 'file_2'].map((file_id) => ({ file_id }));
    expect(outcome(await send({ attachments: three }))).toBe('400 ATTACHMENT_TOO_LARGE');
  });

  test('of another kind, of another person, or without content is not attached', async () => {
    const { send, organization, joinAgent } = await newSender();
    await commit(stores.store, organization, [
      create(fileRow, fileOf('file_1')),
      create(fileRow, fileOf('file_2', { kind: 'recording' })),
      create(fileRow, fileOf('file_3', { content: null })),
    ]);
    const attach = async (file_id: string, as?: string) => outcome(await send({ attachments: [{ file_id }] }, as));
    expect([await attach('file_2'), await attach('file_3')]).toEqual(Array(2).fill('400 INVALID_ATTACHMENT'));
    expect(await attach('file_1', await joinAgent())).toBe('400 INVALID_ATTACHMENT');
  });
});

describe('callers with own records only', () => {
  test('send, and see what they sent, alone or in batches, page by page', async () => {
    const { send, list, get, clock, joinAgent } = await newSender();
    const agent = await joinAgent();
    const ids: string[] = [];
    for (const to of ['a@example.net', ['b@example.net', 'c@example.net'], 'd@example.net']) {
      await send({ to: 'other@example.net' });
      const sent = dataOf(await send({ to }, agent));
      ids.unshift(...(Array.isArray(to) ? sent.emails : [sent]).map(({ email_id: id }) => id).toReversed());
      clock.advance(1);
    }
    const pages: string[] = [];
    let next = '';
    do {
      const reply = await list({ limit: '1', ...(next === '' ? {} : { page_token: next }) }, agent);
      pages.push(...itemsOf(reply).map(({ email_id: id }) => id));
      next = (reply.body as object as { next_page_token: string }).next_page_token;
    } while (next !== '');
    expect(pages).toEqual(ids);
    expect((await list({}, agent)).body).toMatchObject({ total: 4 });
    expect((await list({ to: 'b@example.net' }, agent)).body).toMatchObject({ total: 1 });
    expect((await list({ to: 'other@example.net' }, agent)).body).toMatchObject({ total: 0 });
    expect((await list()).body).toMatchObject({ total: 7 });
    expect(outcome(await get(ids[0] ?? '', agent))).toBe('200');
  });

  test('see no e-mail and no batch of others', async () => {
    const { send, get, joinAgent } = await newSender();
    const agent = await joinAgent();
    const { email_id: id } = dataOf(await send());
    const { batch_id: batch } = dataOf(await send({ to: ['a@example.net', 'b@example.net'] }));
    expect([outcome(await get(id, agent)), outcome(await get(batch, agent))]).toEqual(Array(2).fill('404 NOT_FOUND'));
    expect([outcome(await get(id)), outcome(await get(batch))]).toEqual(['200', '200']);
  });
});

test('e-mails are found by their reference, newest first, within a range of time', async () => {
  const { send, list, clock } = await newSender();
  for (const to of ['a@example.net', 'b@example.net']) {
    await send({ to, reference: 'no #1' });
    clock.advance(1);
  }
  await send({ to: 'c@example.net', reference: 'no #2' });
  const found = async (query: Readonly<Record<string, string>>) => itemsOf(await list(query)).map(({ to: [to] }) => to);
  expect(await found({ reference: 'no #1' })).toEqual(['b@example.net', 'a@example.net']);
  expect(await found({ reference: 'no #1', status: 'sent' })).toEqual([]);
  expect(await found({ reference: 'no #1', start: '2026-11-20T12:00:01Z' })).toEqual(['b@example.net']);
  expect(await found({ reference: 'none' })).toEqual([]);
});
