import { call } from '#test/support/requests.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Sidecar } from '#sidecar/client.ts';
import { absentDependencies } from '#runtime/complete-dependencies.ts';
import { rotatedSecret } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { trunksHandler } from '../sip-trunks/handler.ts';
import { examples } from '../sip-trunks/examples.ts';
import { examples as ipExamples } from './examples.ts';
import { trunkIpsHandler } from './handler.ts';

const organization = 5310;
const stores = testStore();
let dependencies: ReturnType<typeof testDependencies> & { readonly secrets: ReturnType<typeof rotatedSecret> };
let admin = '';
let tenants: Tenants;
let trunk = '';

beforeAll(async () => {
  tenants = await tenantsIn(stores.store);
  admin = await tenants.join(organization);
  dependencies = {
    ...testDependencies(stores.store, { environment: { PUBLIC_URL: 'https://trunkline.test' } }),
    secrets: rotatedSecret(),
  };
  const body = { json: examples.createTrunk, token: admin };
  const made = await call(trunksHandler(dependencies), 'PUT /siptrunk/{id}', { ...body, params: { id: 'new' } });
  trunk = String(made.body.data['id']);
  await call(trunkIpsHandler(dependencies), 'PUT /siptrunkips/{entity}', {
    json: ipExamples.saveTrunkIps,
    token: admin,
    params: { entity: trunk },
  });
});

describe('the proof of an address', () => {
  type Challenge = Parameters<Sidecar['challengeAddress']>[0];
  const sent: Challenge[] = [];
  let hasPhones = false;
  let entries = 0;
  let pbx = '';
  let proofs: ReturnType<typeof trunkIpsHandler>;
  beforeAll(async () => {
    const sidecar: Sidecar = {
      ...absentDependencies.sidecar,
      hasPhonesAt: async () => hasPhones,
      challengeAddress: async (challenge) => {
        sent.push(challenge);
        return { kind: 'answered', response_code: 405 };
      },
    };
    proofs = trunkIpsHandler({ ...dependencies, sidecar });
    const json = { name: 'pbx', host: 'pbx.example.com' };
    const made = await call(trunksHandler(dependencies), 'PUT /siptrunk/{id}', {
      json,
      token: admin,
      params: { id: 'pbx' },
    });
    pbx = String(made.body.data['id']);
  });

  async function addEntry(network = `198.51.${(entries += 1)}`): Promise<string> {
    const json = { ips: [{ address: `${network}.1`, type: 'signaling' }] };
    const made = await call(proofs, 'PUT /siptrunkips/{entity}', { json, token: admin, params: { entity: pbx } });
    return String((Object(made.body.data['ips']) as { id: string }[])[0]?.id);
  }
  const verify = (ip_id: string, token?: string) =>
    call(proofs, 'POST /siptrunkips/{entity}/verify', {
      json: { ip_id, ...(token === undefined ? {} : { token }) },
      token: admin,
      params: { entity: pbx },
    });
  const answersOf = async (attempts: readonly (() => ReturnType<typeof verify>)[]) => {
    const statuses: number[] = [];
    for (const attempt of attempts) statuses.push((await attempt()).status);
    return statuses;
  };

  test('is the token that was sent there, within 10 minutes, and not shown by the API', async () => {
    const ip = await addEntry();
    const asked = await verify(ip);
    expect(asked.body.data).toMatchObject({ proven: false, response_code: 405 });
    const { token = '', address, port } = sent.at(-1) ?? {};
    expect([address, port, JSON.stringify(asked.body).includes(token)]).toEqual([`198.51.${entries}.1`, 5_060, false]);
    expect((await verify(ip, 'f'.repeat(32))).status).toBe(422);
    expect((await verify(ip, token)).body.data).toMatchObject({ proven: true, expires_at: null });
    expect((await verify(ip, token)).status).toBe(422);
  });

  test('is rejected where phones of another organization are, also with the right token', async () => {
    const ip = await addEntry();
    await verify(ip);
    hasPhones = true;
    expect(await answersOf([() => verify(ip, sent.at(-1)?.token), () => verify(ip)])).toEqual([409, 409]);
    hasPhones = false;
  });

  test('is asked for 5 times an hour', async () => {
    const ip = await addEntry();
    const before = sent.length;
    const statuses = await answersOf(Array.from({ length: 6 }, () => () => verify(ip)));
    expect(statuses.at(-1)).toBe(429);
    expect(sent.length).toBeLessThanOrEqual(before + 5);
    expect(statuses.filter((status) => status === 200)).toHaveLength(sent.length - before);
  });
});

describe('the list of addresses without proof', () => {
  const [reseller, customer, others] = [5_320, 5_321, 5_322];
  const reaches = { operator: 'all', reseller: 'children', customer: 'own' } as const;
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    const join = (id: number, role: string, parent: number | null, type: 'operator' | 'reseller' | 'customer') =>
      tenants.join(id, {
        organization: { parent_id: parent, type },
        user: { roles: [role] },
        session: { reach: reaches[type] },
      });
    tokens['operator'] = await join(1_000, 'operator', null, 'operator');
    tokens['reseller'] = await join(reseller, 'reseller', 1_000, 'reseller');
    tokens['customer'] = await join(customer, 'admin', reseller, 'customer');
    tokens['others'] = await join(others, 'admin', 1_000, 'customer');
    for (const [at, [who, of]] of (
      [
        ['reseller', reseller],
        ['customer', customer],
        ['others', others],
      ] as const
    ).entries())
      await addTrunk(who, of, at);
  });

  /** A trunk with entries of each kind; the seller trusts the second one. */
  async function addTrunk(who: string, organization: number, at: number): Promise<void> {
    const json = { name: who, host: 'pbx.example.com' };
    const token = tokens[who];
    const made = await call(trunksHandler(dependencies), 'PUT /siptrunk/{id}', { json, token, params: { id: 'pbx' } });
    const entity = String(made.body.data['id']);
    const put = (token: string | undefined, last: number, more: object) =>
      call(trunkIpsHandler(dependencies), 'PUT /siptrunkips/{entity}', {
        json: { ips: [{ address: `203.0.${at}.${last}`, type: 'signaling', ...more }] },
        token,
        params: { entity },
        query: { org_id: String(organization) },
      });
    const saved = [
      await put(token, 1, {}),
      await put(tokens['operator'], 2, { trusted: true }),
      await put(token, 3, { type: 'media' }),
      await put(token, 4, { type: 'both' }),
    ];
    expect(saved.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  }

  type Listed = { readonly address: string; readonly organization_id: string };
  async function missing(who: string, query: Readonly<Record<string, string>> = {}) {
    const { status, body } = await call(trunkIpsHandler(dependencies), 'GET /siptrunkips/{entity}', {
      token: tokens[who],
      params: { entity: 'all' },
      query: { proof: 'missing', ...query },
    });
    expect(status).toBe(200);
    const ips = Object(body.data['ips']) as readonly Listed[];
    const next = (Object(body) as { readonly next_page_token: string }).next_page_token;
    return { lines: ips.map((ip) => `${ip.organization_id} ${ip.address}`), next };
  }
  const ofReseller = ['org_5320 203.0.0.1', 'org_5320 203.0.0.4'];
  const ofCustomer = ['org_5321 203.0.1.1', 'org_5321 203.0.1.4'];
  const ofOthers = ['org_5322 203.0.2.1', 'org_5322 203.0.2.4'];

  test('has those of an organization, and of the customers of a seller, newest trunk first', async () => {
    expect((await missing('customer')).lines).toEqual(ofCustomer);
    expect((await missing('others')).lines).toEqual(ofOthers);
    expect((await missing('reseller')).lines).toEqual([...ofCustomer, ...ofReseller]);
    const all = (await missing('operator')).lines;
    expect(all.filter((line) => /org_532/.test(line))).toEqual([...ofOthers, ...ofCustomer, ...ofReseller]);
  });

  test('has those of one organization that the query names, and only within reach', async () => {
    expect((await missing('reseller', { org_id: '5321' })).lines).toEqual(ofCustomer);
    expect((await missing('operator', { org_id: '5320' })).lines).toEqual(ofReseller);
    const foreign = await call(trunkIpsHandler(dependencies), 'GET /siptrunkips/{entity}', {
      token: tokens['reseller'],
      params: { entity: 'all' },
      query: { proof: 'missing', org_id: '5322' },
    });
    expect(foreign.status).toBe(403);
  });

  test('without `proof`, the list of a seller has its own addresses only', async () => {
    const { body } = await call(trunkIpsHandler(dependencies), 'GET /siptrunkips/{entity}', {
      token: tokens['reseller'],
      params: { entity: 'all' },
    });
    const ips = Object(body.data['ips']) as readonly Listed[];
    expect(ips.map(({ address }) => address)).toEqual(['203.0.0.1', '203.0.0.2', '203.0.0.3', '203.0.0.4']);
  });

  test('is read in pages across organizations', async () => {
    const lines: string[] = [];
    let token: string | undefined;
    do {
      const { lines: some, next } = await missing('reseller', {
        limit: '1',
        ...(token === undefined ? {} : { page_token: token }),
      });
      lines.push(...some);
      token = next === '' ? undefined : next;
    } while (token !== undefined && lines.length < 10);
    expect(lines).toEqual([...ofCustomer, ...ofReseller]);
  });

  test('loses an address that the seller trusts', async () => {
    const trunks = await call(trunkIpsHandler(dependencies), 'GET /siptrunkips/{entity}', {
      token: tokens['others'],
      params: { entity: 'all' },
    });
    const [ip] = Object(trunks.body.data['ips']) as readonly { readonly id: string; readonly trunk_id: string }[];
    const trusted = await call(trunkIpsHandler(dependencies), 'POST /siptrunkips/{entity}', {
      json: { ip_id: ip?.id, trusted: true },
      token: tokens['operator'],
      params: { entity: ip?.trunk_id ?? '' },
      query: { org_id: '5322' },
    });
    expect(trusted.status).toBe(200);
    expect((await missing('others')).lines).toEqual(ofOthers.slice(1));
    expect((await missing('operator')).lines).not.toContain(ofOthers[0]);
  });
});

describe('the claims of a trunk about its callers', () => {
  const organization = 5_331;
  let seller = '';
  let tenant = '';
  let id = '';
  beforeAll(async () => {
    seller = await tenants.join(5_330, {
      organization: { type: 'reseller' },
      user: { roles: ['reseller'] },
      session: { reach: 'children' },
    });
    tenant = await tenants.join(organization, {
      organization: { parent_id: 5_330, type: 'customer' },
      user: { roles: ['admin'] },
    });
    id = String((await trunk('PUT', tenant, 'pbx', { name: 'pbx', host: 'pbx.example.com' })).body.data['id']);
  });

  const trunk = (method: 'PUT' | 'POST', token: string, of: string, json: object) =>
    call(trunksHandler(dependencies), `${method} /siptrunk/{id}`, {
      ...{ json, token, params: { id: of } },
      query: { org_id: String(organization) },
    });
  const addresses = (
    method: 'PUT' | 'POST',
    token: string,
    json: object,
    query: Readonly<Record<string, string>> = {},
  ) =>
    call(trunkIpsHandler(dependencies), `${method} /siptrunkips/{entity}`, {
      ...{ json, token, params: { entity: id } },
      query: { ...query, org_id: String(organization) },
    });
  const isTrusted = async (): Promise<unknown> => {
    const { body } = await call(trunksHandler(dependencies), 'GET /siptrunk/{id}', { token: tenant, params: { id } });
    return body.data['trusts_verstat'];
  };
  /** Changes an address that the seller has added. */
  async function editAddress() {
    const { body } = await addresses('PUT', seller, { ips: [{ address: '198.51.100.9', type: 'both' }] });
    const ips = Object(body.data['ips']) as readonly { readonly address: string; readonly id: string }[];
    const { id: added } = ips.find(({ address }) => address === '198.51.100.9') ?? expect.fail('it is not saved');
    expect(await isTrusted()).toBe(true);
    return addresses('POST', tenant, { ip_id: added, port: 5_070 });
  }
  async function trust(): Promise<void> {
    expect((await trunk('POST', seller, id, { trusts_verstat: true })).status).toBe(200);
    expect(await isTrusted()).toBe(true);
  }

  test('count by the word of the seller only', async () => {
    expect(await isTrusted()).toBe(false);
    const denied = await trunk('POST', tenant, id, { trusts_verstat: true });
    expect([denied.status, denied.body.error.code]).toEqual([403, 'NOT_THE_SELLER']);
    await trust();
  });

  test.each([
    ['a replacement with another host', () => trunk('PUT', tenant, id, { name: 'pbx', host: 'other.example.com' })],
    ['another type', () => trunk('POST', tenant, id, { type: 'peer' })],
    ['another port', () => trunk('POST', tenant, id, { port: 5_070 })],
    ['another transport', () => trunk('POST', tenant, id, { transport: 'tcp' })],
    ['another outbound proxy', () => trunk('POST', tenant, id, { outbound_proxy: 'sbc.example.com' })],
    ['another user name', () => trunk('POST', tenant, id, { username: 'other' })],
    ['another password', () => trunk('POST', tenant, id, { password: 'Amber-Falcon-Ridge-2' })],
    ['another password for its calls', () => trunk('POST', tenant, id, { rotate_inbound_password: true })],
    ['a new address', () => addresses('PUT', tenant, { ips: [{ address: '198.51.100.7', type: 'both' }] })],
    ['another port of one address', editAddress],
    ['no addresses', () => addresses('PUT', tenant, { ips: [] }, { replace: 'true' })],
  ])('count no more after %s', async (_, change) => {
    await trust();
    expect((await change()).status).toBeLessThan(300);
    expect(await isTrusted()).toBe(false);
  });

  test('count on after the same changes by the seller', async () => {
    await trust();
    await trunk('POST', seller, id, { host: 'pbx.example.com', rotate_inbound_password: true });
    await addresses('PUT', seller, { ips: [{ address: '198.51.100.8', type: 'both' }] });
    expect(await isTrusted()).toBe(true);
  });
});
