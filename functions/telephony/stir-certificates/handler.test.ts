import { beforeAll, describe, expect, test } from 'vitest';
import { tableFor } from '#dynamodb/table.ts';
import type { ApiHandler } from '#http/serve.ts';
import { newOutbound, publicOnly } from '#outbound/outbound.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { issue, issueRoot } from '#stir/certificates.fixture.ts';
import { sealedKeyOf } from '#telephony/stir-certificate.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { sweeperHandler } from '../../system/sweeper/handler.ts';
import { stirCertificateRow } from '../rows/stir-certificate.ts';
import { stirCertificateExpiriesHandler } from '../stir-certificate-expiries/handler.ts';
import { examples } from './examples.ts';
import { stirCertificatesHandler } from './handler.ts';

/** Certificates on a real store, until their end. */

const running = testStore();
const secrets = rotatedSecret();
const clock = manualClock('2026-06-01T00:00:00.000Z');
const reseller = 5_410;
let handler: ApiHandler;
let seller = '';
let operator = '';
let customer = '';
beforeAll(async () => {
  const tenants = await tenantsIn(running.store);
  const outbound = newOutbound({ policy: publicOnly, lookup: async () => ['93.184.215.14'] });
  handler = stirCertificatesHandler({ ...testDependencies(running.store, { clock }), secrets, outbound });
  operator = await tenants.join(1_000, { user: { roles: ['operator'] } });
  seller = await tenants.join(reseller, { user: { roles: ['reseller'] } });
  customer = await tenants.join(5_411, { user: { roles: ['admin'] } });
});

const root = issueRoot();
const leaf = issue({ by: root, to: new Date('2026-08-01') });
const key = leaf.key.export({ type: 'pkcs8', format: 'pem' }).toString();
const save = (json: object, id = 'new') =>
  call(handler, 'PUT /stir/certificates/{id}', { token: seller, params: { id }, json });
const get = (id: string) => call(handler, 'GET /stir/certificates/{id}', { token: seller, params: { id } });
const chainAt = (path: string | undefined) =>
  call(handler, 'GET /stir/{file}', { params: { file: String(path).replace('/stir/', '') } });

describe('a certificate', () => {
  test('has a sealed key, which no answer and no event shows', async () => {
    const saved = await save({ name: 'Uploaded', chain: leaf.pem, key });
    expect(outcome(saved)).toBe('201');
    const id = String(saved.body.data['id']);
    const item = await tableFor<'stircertificate'>(running.store, reseller).get(stirCertificateRow, { id });
    const opened = await sealsFrom(secrets).open(item?.sealed_key ?? '', sealedKeyOf({ id, org_id: reseller }));
    expect(opened).toBe(key);
    const told = [saved.text, (await get(id)).text, JSON.stringify(await eventsOf(running.store, reseller))].join('');
    expect(told).not.toMatch(/PRIVATE|sealed/);
  });

  test('has a public chain for ever, also after its deletion', async () => {
    const { body } = await save({ name: 'Public', chain: leaf.pem, key });
    const { id = '', public_path: path } = body.data;
    const read = await chainAt(path);
    expect(read).toMatchObject({
      ...{ status: 200, text: leaf.pem },
      headers: {
        'content-type': 'application/pem-certificate-chain',
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
    await call(handler, 'DELETE /stir/certificates/{id}', { token: seller, params: { id } });
    expect(outcome(await get(id))).toBe('404 NOT_FOUND');
    expect((await chainAt(path)).text).toBe(leaf.pem);
  });

  test('that is unknown is no chain, and is not cached', async () => {
    const missing = await chainAt(`/stir/${'0'.repeat(40)}.pem`);
    expect([outcome(missing), missing.headers['cache-control']]).toEqual(['404 NOT_FOUND', 'no-store']);
    expect(outcome(await chainAt('/stir/..%2f.pem'))).toMatch(/^4/);
  });

  test('is for sellers only', async () => {
    const asked = { token: customer, params: { id: 'new' }, json: examples.saveStirCertificate };
    expect(outcome(await call(handler, 'PUT /stir/certificates/{id}', asked))).toBe('403 NOT_A_SELLER');
  });

  test('of which one is too many is rejected', async () => {
    const saved = [];
    for (let at = 0; at < 20; at += 1)
      saved.push(outcome(await save({ ...examples.saveStirCertificate, name: `${at}` })));
    expect([saved[0], saved.at(-1)]).toEqual(['201', '422 LIMIT_EXCEEDED']);
  });
});

test('the list of authorities is read by sellers, and saved by the operator', async () => {
  const asked = (token: string) => ({ token, json: { certificates: root.pem } });
  expect(outcome(await call(handler, 'PUT /stir/authorities', asked(seller)))).toBe('403 OPERATOR_ONLY');
  expect(outcome(await call(handler, 'PUT /stir/authorities', asked(operator)))).toBe('200');
  const read = await call(handler, 'GET /stir/authorities', { token: seller });
  expect(read.body.data).toMatchObject({ certificates: root.pem, version: 1 });
});

test('lists of revoked certificates stay when the authorities change, and are at public addresses', async () => {
  const save = (json: object) => call(handler, 'PUT /stir/authorities', { token: operator, json });
  const lists = [
    { url: 'https://authority.example/list.crl', issuer: null },
    { url: 'https://authority.example:8443/other.crl', issuer: root.pem },
  ];
  const saved = await save({ certificates: root.pem, revocation_lists: [{ url: lists[0]?.url }, lists[1]] });
  expect(saved.body.data).toMatchObject({ revocation_lists: lists });
  expect((await save({ certificates: root.pem })).body.data).toMatchObject({ revocation_lists: lists });
  for (const url of ['http://authority.example/', 'https://10.0.0.1/', 'https://authority.example:25/', 'list'])
    expect((await save({ certificates: root.pem, revocation_lists: [lists[0], { url }] })).body).toMatchObject({
      error: { code: 'WEBHOOK_URL_NOT_ALLOWED', details: [{ path: 'revocation_lists[1].url' }] },
    });
  expect((await save({ certificates: root.pem, revocation_lists: [] })).body.data).toMatchObject({
    revocation_lists: [],
  });
});

/** A certificate that ends on 1 August, and the days before its end of which events came. */
async function ending() {
  await clearCertificates();
  const own = await save({ name: 'Ends', chain: leaf.pem, key });
  const id = String(own.body.data['id']);
  // A clock of its own: sessions end before certificates do.
  const dependencies = testDependencies(running.store);
  const warnings = async () =>
    (await eventsOf(running.store, reseller))
      .filter(({ type, entity }) => type === 'stircertificate.expiring' && entity.id === id)
      .map(({ data }) => data['days']);
  /** What is due at an instant is done, and done again by a repeated delivery. */
  const passAt = async (instant: string): Promise<readonly unknown[]> => {
    dependencies.now = new Date(instant);
    dependencies.queues.sent.length = 0;
    await sweeperHandler(dependencies)({ time: '' });
    const batch = batchOf(dependencies.queues.sent.map(({ message }) => message.body));
    for (let time = 0; time < 2; time += 1) await stirCertificateExpiriesHandler(dependencies)(batch);
    return warnings();
  };
  return { id, passAt };
}

test('an event comes 30, 7 and 1 days before the end, once each', async () => {
  const { passAt } = await ending();
  expect(await passAt('2026-07-01T00:00:00.000Z')).toEqual([]);
  expect(await passAt('2026-07-02T00:00:00.000Z')).toEqual([30]);
  expect(await passAt('2026-07-24T00:00:00.000Z')).toEqual([30]);
  expect(await passAt('2026-07-25T00:00:00.000Z')).toEqual([30, 7]);
  expect(await passAt('2026-07-30T00:00:00.000Z')).toEqual([30, 7]);
  expect(await passAt('2026-07-31T00:00:00.000Z')).toEqual([30, 7, 1]);
});

test('no event comes after a renewal, until the new end is near', async () => {
  const { id, passAt } = await ending();
  expect(await passAt('2026-07-25T00:00:00.000Z')).toEqual([7]);
  const renewed = issue({ by: root, key: leaf.key });
  expect(outcome(await save({ name: 'Ends', chain: renewed.pem }, id))).toBe('200');
  expect(await passAt('2026-07-31T00:00:00.000Z')).toEqual([7]);
  expect(await passAt('2026-12-31T12:00:00.000Z')).toEqual([7, 1]);
});

/** Makes room for another one. */
async function clearCertificates(): Promise<void> {
  const { items } = await tableFor<'stircertificate'>(running.store, reseller).query(stirCertificateRow, {});
  for (const { id } of items) await call(handler, 'DELETE /stir/certificates/{id}', { token: seller, params: { id } });
}
