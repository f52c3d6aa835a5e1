import { describe, expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { textAt } from '#test/support/example-request.ts';
import { call, outcome, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { second } from '#schema/time.ts';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { emailTemplatesHandler } from './handler.ts';
import { emailTemplateNameRow, emailTemplateRow, emailTemplateVersionRow } from '#dynamodb/rows/email-template.ts';
import { findTemplate } from './row.ts';

const service = startService(emailTemplatesHandler);

let last = 5000;
async function newTenant() {
  last += 1;
  const organization = last;
  const token = await service.tenants.join(organization, {});
  const ask = (route: string, request: Call = {}) => call(service.handler, route, { token, ...request });
  const table = tableFor<'emailtemplate' | 'emailtemplate-name' | 'emailtemplate-version' | 'count'>(
    service.store,
    organization,
  );
  return {
    organization,
    ask,
    table,
    put: (id: string, json: unknown, headers = {}) =>
      ask('PUT /emailtemplates/{id}', { params: { id }, json, headers }),
    get: (id: string, query = {}) => ask('GET /emailtemplates/{id}', { params: { id }, query }),
    remove: (id: string) => ask('DELETE /emailtemplates/{id}', { params: { id } }),
    names: async (query = {}) => namesIn(await ask('GET /emailtemplates', { query })),
  };
}

const idOf = ({ body }: Reply): string => body.data['id'] ?? '';
const namesIn = ({ body: { data } }: Reply): string[] => Object.values(data).map((item) => textAt(item, 'name'));
const letter = (more: object = {}) => ({ name: 'letter', subject: 'Hi {{name}}', html: '<p>{{name}}</p>', ...more });

describe('PUT /emailtemplates/{id}', () => {
  test('creates a template', async () => {
    const { organization, put } = await newTenant();
    const reply = await put('new', letter({ variables: [{ name: 'name', default: 'you' }] }));
    expect(reply).toMatchObject({ status: 201, headers: { etag: '"1"' } });
    expect(reply.body.data).toEqual({
      id: expect.stringMatching(/^etpl_/),
      organization_id: `org_${organization}`,
      name: 'letter',
      version: 1,
      subject: 'Hi {{name}}',
      html: '<p>{{name}}</p>',
      text: null,
      from: null,
      from_name: null,
      description: null,
      variables: [{ name: 'name', required: true, default: 'you' }],
      created_at: noon.toISOString(),
      updated_at: noon.toISOString(),
    });
  });

  test('replaces a template by its id or name, and keeps the old version for 90 days, for queued e-mails', async () => {
    const { put, table } = await newTenant();
    const id = idOf(await put('new', letter({ from: 'a@example.com' })));
    expect((await put('letter', letter({ subject: 'Two' }))).body.data).toMatchObject({ id, version: 2, from: null });
    expect((await put(id, letter({ name: 'note', subject: 'Three' }))).body.data).toMatchObject({ id, version: 3 });
    expect(await findTemplate(table, 'letter')).toBeUndefined();
    expect(await findTemplate(table, 'note')).toMatchObject({ id, version: 3, subject: 'Three' });
    const until = noon.getTime() / second + 90 * 86_400;
    expect((await table.query(emailTemplateVersionRow, { id }, { order: 'asc' })).items).toEqual([
      expect.objectContaining({ version: 1, subject: 'Hi {{name}}', until }),
      expect.objectContaining({ version: 2, subject: 'Two', until }),
      expect.not.objectContaining({ until }),
    ]);
  });

  test('only the version that the client names is replaced', async () => {
    const { put } = await newTenant();
    const id = idOf(await put('new', letter()));
    expect(outcome(await put(id, letter(), { 'if-match': '"2"' }))).toBe('409 VERSION_CONFLICT');
    expect((await put(id, letter(), { 'if-match': '"1"' })).status).toBe(200);
  });

  test('a name is unique, also after a change of names', async () => {
    const { put } = await newTenant();
    await put('new', letter());
    const other = idOf(await put('new', letter({ name: 'other' })));
    expect(outcome(await put('new', letter()))).toBe('409 TEMPLATE_NAME_EXISTS');
    expect(outcome(await put(other, letter()))).toBe('409 TEMPLATE_NAME_EXISTS');
    await put('letter', letter({ name: 'moved' }));
    expect((await put(other, letter())).status).toBe(200);
  });

  const rejected: readonly (readonly [more: object, expected: string, path: string])[] = [
    [{ html: '<p>{{{name}}}</p>' }, '422 INVALID_TEMPLATE', 'html'],
    [{ subject: '{{#if a}}' }, '422 INVALID_TEMPLATE', 'subject'],
    [{ text: '{{> a}}' }, '422 INVALID_TEMPLATE', 'text'],
    [{ html: '<script>x</script>' }, '422 INVALID_TEMPLATE', 'html'],
    [{ name: 'Letter' }, '422 VALIDATION_FAILED', 'name'],
    [{ name: 'new' }, '422 VALIDATION_FAILED', 'name'],
    [{ subject: 'a\nBcc: b' }, '422 VALIDATION_FAILED', 'subject'],
    [{ subject: 'a'.repeat(201) }, '422 VALIDATION_FAILED', 'subject'],
    [{ html: 'é'.repeat(131_073) }, '422 VALIDATION_FAILED', 'html'],
    [{ text: 'a'.repeat(65_537) }, '422 VALIDATION_FAILED', 'text'],
    [{ html: 'a\0' }, '422 VALIDATION_FAILED', 'html'],
    [{ from: 'a@example.com\r\nBcc: b@example.com' }, '422 VALIDATION_FAILED', 'from'],
    [{ variables: [{ name: 'a' }, { name: 'a' }] }, '422 VALIDATION_FAILED', 'variables'],
    [{ variables: [{ name: 'a.__proto__' }] }, '422 VALIDATION_FAILED', 'variables[0].name'],
    [{ variables: [{ name: 'a', default: {} }] }, '422 VALIDATION_FAILED', 'variables[0].default'],
    [
      { variables: Array.from({ length: 17 }, (_, at) => ({ name: `a${at}`, default: 'b'.repeat(1_000) })) },
      '422 VALIDATION_FAILED',
      'variables',
    ],
    [{ html: undefined }, '400 MISSING_FIELD', 'html'],
  ];
  // The names of the tests have the start of long values only.
  const named = rejected.map(([more, ...rest]) => [JSON.stringify(more).slice(0, 60), more, ...rest] as const);
  test.each(named)('%s is rejected', async (_, more, expected, path) => {
    const { put, names } = await newTenant();
    const reply = await put('new', letter(more));
    expect([outcome(reply), reply.body.error.details[0]?.path]).toEqual([expected, path]);
    expect(await names({ q: 'letter' })).toEqual([]);
  });

  test('the largest template that is allowed is stored', async () => {
    const { put, get } = await newTenant();
    const large = { html: 'a'.repeat(262_144), text: 'é'.repeat(32_768) };
    const variables = Array.from({ length: 16 }, (_, at) => ({ name: `a${at}`, default: 'b'.repeat(960) }));
    expect((await put('new', letter({ ...large, variables }))).status).toBe(201);
    expect((await get('letter')).body.data).toMatchObject(large);
  });

  test('an organization has at most 500 templates', async () => {
    const { put, organization } = await newTenant();
    await commit(service.store, organization, [overwrite(countRow, { of: 'e-mail templates', value: 499 })]);
    expect((await put('new', letter())).status).toBe(201);
    expect(outcome(await put('new', letter({ name: 'b' })))).toBe('422 LIMIT_EXCEEDED');
  });
});

describe('templates of the platform', () => {
  test('are found by id and name, and cannot be changed or deleted', async () => {
    const { get, put, remove } = await newTenant();
    const { body } = await get('welcome_email');
    expect(body.data).toMatchObject({ organization_id: null, id: 'etpl_00000000000000000000000001' });
    expect((await get('etpl_00000000000000000000000001')).body.data).toEqual(body.data);
    expect(outcome(await put('welcome_email', letter()))).toBe('403 PLATFORM_TEMPLATE');
    expect(outcome(await remove('etpl_00000000000000000000000001'))).toBe('403 PLATFORM_TEMPLATE');
  });

  test('an own template of the same name is found instead, until it is deleted', async () => {
    const { put, get, names, remove, table } = await newTenant();
    const id = idOf(await put('new', letter({ name: 'balance_low' })));
    expect((await get('balance_low')).body.data).toMatchObject({ id });
    expect(await findTemplate(table, 'balance_low')).toMatchObject({ id });
    expect((await names()).filter((name) => name === 'balance_low')).toHaveLength(1);
    expect((await remove('balance_low')).status).toBe(200);
    expect(await findTemplate(table, 'balance_low')).toMatchObject({ organization_id: null });
  });
});

describe('GET /emailtemplates', () => {
  test('lists own templates without their parts, newest first, then those of the platform', async () => {
    const { organization, put, ask, names } = await newTenant();
    for (const name of ['one', 'two', 'three']) await put('new', letter({ name }));
    expect((await names()).slice(0, 4)).toEqual(['three', 'two', 'one', 'user_invitation_de']);
    expect(await names({ q: 'T', limit: '2' })).toEqual(['three', 'two']);
    const { body } = await ask('GET /emailtemplates', { query: { limit: '1' } });
    expect(Object.values(body.data)).toEqual([
      {
        id: expect.stringMatching(/^etpl_/),
        organization_id: `org_${organization}`,
        name: 'three',
        version: 1,
        subject: 'Hi {{name}}',
        description: null,
        from: null,
        from_name: null,
        created_at: noon.toISOString(),
        updated_at: noon.toISOString(),
      },
    ]);
  });
});

describe('GET /emailtemplates/{id}', () => {
  test('previews the e-mail with variables', async () => {
    const { put, get } = await newTenant();
    await put('new', letter());
    const { body } = await get('letter', { preview: JSON.stringify({ name: '<b>\nAnn' }) });
    expect(body.data['preview']).toEqual({
      subject: 'Hi <b> Ann',
      html: '<p>&lt;b&gt;\nAnn</p>',
      text: '<b> Ann\n',
    });
  });

  test.each([
    ['{}', '400 MISSING_REQUIRED_VARIABLE'],
    ['{', '400 INVALID_PARAMETER'],
    ['[]', '400 INVALID_PARAMETER'],
    ['{"a":[[[[[1]]]]]}', '400 INVALID_PARAMETER'],
    ['{"name":[]}', '422 VALIDATION_FAILED'],
    ['{"__proto__":{"name":"x"}}', '400 MISSING_REQUIRED_VARIABLE'],
  ])('the preview with %s is %s', async (preview, expected) => {
    const { put, get } = await newTenant();
    await put('new', letter());
    expect(outcome(await get('letter', { preview }))).toBe(expected);
  });

  test('templates of others and unknown ones are 404', async () => {
    const one = await newTenant();
    const other = await newTenant();
    const id = idOf(await one.put('new', letter()));
    for (const key of [id, 'letter', 'etpl_00000000000000000000000099'])
      expect(outcome(await other.get(key))).toBe('404 NOT_FOUND');
    expect(outcome(await other.put(id, letter()))).toBe('404 NOT_FOUND');
    expect(outcome(await other.remove(id))).toBe('404 NOT_FOUND');
    expect((await one.get(id)).status).toBe(200);
  });
});

test('DELETE deletes a template and frees its name; its version stays for queued e-mails', async () => {
  const { put, get, remove, table } = await newTenant();
  const id = idOf(await put('new', letter()));
  expect((await remove('letter')).body.data).toEqual({ id, deleted_at: noon.toISOString() });
  expect(outcome(await get(id))).toBe('404 NOT_FOUND');
  expect((await table.get(emailTemplateVersionRow, { id, version: 1 }))?.until).toBeGreaterThan(0);
  expect((await table.get(countRow, { of: 'e-mail templates' }))?.value).toBe(0);
  expect((await put('new', letter())).status).toBe(201);
});

test('the templates of an organization that is closed are deleted, and no others', async () => {
  const [closed, other] = [await newTenant(), await newTenant()];
  const ids = [];
  for (let at = 0; at < 35; at += 1) ids.push(idOf(await closed.put('new', letter({ name: `t${at}` }))));
  await other.put('new', letter());
  await cascadesIn(service.store)(closed.organization, 'org.closed', 'org_1');
  expect((await closed.table.query(emailTemplateRow, {})).items).toEqual([]);
  expect(await closed.table.get(emailTemplateNameRow, { name: 't34' })).toBeUndefined();
  expect((await closed.table.query(emailTemplateVersionRow, { id: ids[0] ?? '' })).items).toEqual([]);
  expect((await other.get('letter')).status).toBe(200);
});
