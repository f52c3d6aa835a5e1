import { beforeAll, describe, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { call, outcome, type Call, type Reply } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { domainNameRow } from '#dynamodb/rows/domain.ts';
import { fileObject, fileRow } from '#dynamodb/rows/file.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { change, create, overwrite, remove } from '#dynamodb/write.ts';
import type { File } from '#schema/file.ts';
import { organizationsHandler } from '../organizations/handler.ts';
import { brandingHandler } from './handler.ts';

const stores = testStore();
const objects = memoryObjects();
const png = Buffer.from('\u0089PNG\r\n\u001a\nlogo', 'latin1');
const reseller = 6_001;
const customer = 6_002;
const host = 'phone.reseller.example';
const platform = { name: 'Trunkline', logo_url: null, support_url: null };
let people: Tenants;
let administrator = '';

const ask = (route: string, of: Call = {}): Promise<Reply> =>
  call(brandingHandler(Object.assign(testDependencies(stores.store), { objects })), route, of);
const brandAt = async (at: string, headers: Record<string, string> = {}) =>
  (await ask('GET /branding', { host: at, headers })).body.data;
const set = (branding: object | null, token = administrator): Promise<Reply> =>
  call(organizationsHandler(testDependencies(stores.store)), 'POST /orgs/{id}', {
    token,
    params: { id: 'me' },
    json: { settings: { branding } },
  });
const image = (id: string, organization = reseller): Promise<Reply> =>
  ask('GET /branding/images/{orgId}/{id}', { params: { orgId: `${organization}`, id } });
const state = (status: string) => commit(stores.store, reseller, [change(organizationRow, {}, { set: { status } })]);

const fileOf = (id: string, content_type: string): File => ({
  id,
  name: id,
  kind: 'attachment',
  description: null,
  content: { number: 1, content_type, size: png.length, sha256: '00' },
  upload: null,
  created_by: null,
  created_at: '2026-11-20T10:00:00.000Z',
  updated_at: '2026-11-20T10:00:00.000Z',
  version: 1,
});

beforeAll(async () => {
  people = await tenantsIn(stores.store);
  administrator = await people.join(reseller, { organization: { type: 'reseller' }, user: { roles: ['reseller'] } });
  await commit(stores.store, reseller, [
    create(domainNameRow, { host, claim: 'active', org_id: reseller, domain_id: 'dom_1' }),
    create(domainNameRow, { host: 'claimed.example', claim: reseller, org_id: reseller, domain_id: 'dom_2' }),
    create(domainNameRow, { host: 'other.example', claim: 'active', org_id: customer, domain_id: 'dom_3' }),
    create(fileRow, fileOf('file_logo', 'image/png')),
    create(fileRow, fileOf('file_pdf', 'application/pdf')),
    create(fileRow, fileOf('file_other', 'image/png')),
  ]);
  await objects.put(fileObject(reseller, 'file_logo', 1), png);
  const saved = await set({ host, name: 'Voice', logo: 'file_logo', support_url: 'https://help.example' });
  expect(outcome(saved)).toBe('200');
});

describe('the brand of a host', () => {
  test('is that of the reseller whose host it is, in any case, for five minutes', async () => {
    const reply = await ask('GET /branding', { host: 'Phone.Reseller.Example' });
    expect(reply.body.data).toMatchObject({
      name: 'Voice',
      logo_url: '/branding/images/org_6001/file_logo',
      support_url: 'https://help.example',
    });
    expect(reply.headers['cache-control']).toBe('public, max-age=300');
  });

  test('is that of the platform for any other, whatever headers say', async () => {
    expect(await brandAt('api.test')).toMatchObject(platform);
    expect(await brandAt('other.example')).toMatchObject(platform);
    const headers = { host, 'x-forwarded-host': host, forwarded: `host=${host}`, 'x-original-host': host };
    expect(await brandAt('api.test', headers)).toMatchObject(platform);
  });

  test('is that of the platform while the domain is not active', async () => {
    await commit(stores.store, reseller, [remove(domainNameRow, { host, claim: 'active' as const })]);
    expect(await brandAt(host)).toMatchObject(platform);
    await commit(stores.store, customer, [
      create(domainNameRow, { host, claim: 'active', org_id: customer, domain_id: 'dom_4' }),
    ]);
    expect(await brandAt(host)).toMatchObject(platform);
    await commit(stores.store, reseller, [
      overwrite(domainNameRow, { host, claim: 'active' as const, org_id: reseller, domain_id: 'dom_1' }),
    ]);
    expect(await brandAt(host)).toMatchObject({ name: 'Voice' });
  });

  test.each(['suspended', 'closed'])('is that of the platform while the reseller is %s', async (status) => {
    await state(status);
    const [brand, logo] = [await brandAt(host), await image('file_logo')];
    await state('active');
    expect([brand['name'], outcome(logo)]).toEqual(['Trunkline', '404 NOT_FOUND']);
  });
});

test('people see the brand of their reseller, or that of the platform', async () => {
  const brandFor = async (organization: number, parent: number) => {
    const token = await people.join(organization, { organization: { parent_id: parent }, user: { roles: ['agent'] } });
    return (await ask('GET /branding/me', { token })).body.data['name'];
  };
  expect(await brandFor(customer, reseller)).toBe('Voice');
  expect(await brandFor(6_003, 1_000)).toBe('Trunkline');
  expect((await ask('GET /branding/me', { token: administrator })).body.data['name']).toBe('Voice');
});

test('only the logo and the icon of a reseller are shown, as an image that runs nothing', async () => {
  const reply = await image('file_logo');
  expect([reply.status, Buffer.from(reply.text, 'base64')]).toEqual([200, png]);
  expect(reply.headers).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  });
  expect([outcome(await image('file_other')), outcome(await image('file_logo', customer))]).toEqual([
    '404 NOT_FOUND',
    '404 NOT_FOUND',
  ]);
});

test('a logo that was replaced by another kind of file is not shown', async () => {
  const file = (content: File) => commit(stores.store, reseller, [overwrite(fileRow, content)]);
  await file(fileOf('file_logo', 'application/pdf'));
  const replaced = await image('file_logo');
  await file({ ...fileOf('file_logo', 'image/png'), content: null });
  const empty = await image('file_logo');
  await file(fileOf('file_logo', 'image/png'));
  expect([outcome(replaced), outcome(empty)]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND']);
});

describe('a reseller', () => {
  test('names hosts, files and colours that it may', async () => {
    const wrong = [
      { host: 'other.example' },
      { host: 'claimed.example' },
      { host: 'unknown.example' },
      { logo: 'file_pdf' },
      { icon: 'file_missing' },
      { accent: '#ffcc00' },
      { accent_dark: '#222222' },
      { accent: 'red' },
      { support_url: 'http://help.example' },
      { support_url: 'javascript:alert(1)' },
      { sign_in_text: 'x'.repeat(501) },
      { name: '' },
    ];
    const codes = await Promise.all(wrong.map(async (each) => outcome(await set(each))));
    expect(new Set(codes)).toEqual(new Set(['422 VALIDATION_FAILED']));
    expect((await set({ accent: '#ffcc00' })).text).toContain('a contrast of 1.51 on #ffffff');
  });

  test('merges by key, and removes by null', async () => {
    expect(outcome(await set({ sign_in_text: 'Welcome', support_url: null }))).toBe('200');
    expect(await brandAt(host)).toMatchObject({ name: 'Voice', sign_in_text: 'Welcome', support_url: null });
    expect(outcome(await set(null))).toBe('200');
    expect(await brandAt(host)).toMatchObject(platform);
    expect(outcome(await set({ host, name: 'Voice' }))).toBe('200');
  });

  test('alone has a brand', async () => {
    const token = await people.join(6_004, { organization: { parent_id: reseller } });
    expect(outcome(await set({ name: 'Mine' }, token))).toBe('422 VALIDATION_FAILED');
  });
});
