import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { connect, type Answer } from '../cloud.ts';
import { newZone } from '../name-server.ts';
import {
  newAdministeredTenant,
  newTenant,
  outcome,
  texts,
  type AdministeredTenant,
  type Body,
  type Tenant,
} from '../tenant.fixture.ts';

type Domain = Body & { readonly id: string; readonly domain: string; readonly dns_verification_record: string };
const domainIn = ({ body }: Answer): Domain => (body as { data: Domain }).data;
const newName = (zone = 'example.com'): string => `d${randomBytes(6).toString('hex')}.${zone}`;

type Asking = Pick<Tenant, 'id' | 'ask'>;
const create = async ({ id, ask }: Asking, domain = newName(), more: Body = {}): Promise<Domain> =>
  domainIn(await ask('PUT', '/domains/new', { domain, organization_id: id, ...more }));
/** The operator needs no record. */
const activate = async (tenant: Tenant, more: Body = {}): Promise<Domain> => {
  const { id } = await create(tenant, newName(), more);
  return domainIn(await tenant.ask('POST', `/domains/${id}`, { status: 'active' }));
};
const typesIn = async ({ ask }: Asking): Promise<Readonly<Record<string, unknown>>> => {
  const { data } = (await ask('GET', '/domains')).body as { data: { domains: Domain[] } };
  return Object.fromEntries(data.domains.map(({ domain, type }) => [domain, type]));
};

describe('domains of an organization', () => {
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await newTenant();
  });

  test('begin pending, with the record that verifies them', async () => {
    const own = await newTenant();
    const domain = newName();
    const answer = await own.ask('PUT', '/domains/new', { domain: domain.toUpperCase(), organization_id: own.id });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        success: true,
        message: 'Domain created successfully. Please add DNS verification record.',
        data: {
          domain,
          organization_id: own.id,
          status: 'pending',
          type: 'primary',
          ssl_enabled: true,
          ssl_certificate_expiry: null,
          dns_verification_record: expect.stringMatching(/^voiceplatform-verify=\w{24}$/),
          dns_records: {
            srv_record: `_sip._udp.${domain}`,
            srv_records: ['_sip._udp', '_sip._tcp'].map((service) => ({
              name: `${service}.${domain}`,
              value: expect.stringMatching(`^10 10 \\d+ ${domain}$`) as unknown,
            })),
            dkim: [],
          },
          settings: { default_transport: 'udp', nat_keepalive: true },
          email_status: null,
        },
      },
    });
    expect((await own.ask('GET', `/domains/${domainIn(answer).id}`)).body).toMatchObject({ data: domainIn(answer) });
  });

  test('have one primary: a new one makes the former an alias, a deleted one is followed by an alias', async () => {
    const own = await newTenant();
    const first = await activate(own);
    const second = await activate(own);
    const third = await activate(own, { type: 'primary' });
    expect(await typesIn(own)).toEqual({
      [first.domain]: 'alias',
      [second.domain]: 'alias',
      [third.domain]: 'primary',
    });
    expect((await own.ask('DELETE', `/domains/${third.id}`)).status).toBe(200);
    expect(await typesIn(own)).toEqual({ [first.domain]: 'primary', [second.domain]: 'alias' });
  });

  test('several that ask at once to be primary are one primary domain and aliases', async () => {
    const own = await newTenant();
    const made = await Promise.all(Array.from({ length: 6 }, () => create(own, newName(), { type: 'primary' })));
    expect(made.every(({ id }) => id.startsWith('dom_'))).toBe(true);
    expect(Object.values(await typesIn(own)).toSorted()).toEqual([...Array<string>(5).fill('alias'), 'primary']);
  });

  test('are listed as the data of a page, newest first, and filtered by status', async () => {
    const own = await newTenant();
    const [pending, active] = [await create(own), await activate(own)];
    const page = await own.ask('GET', '/domains?per_page=1');
    expect(page.body).toMatchObject({
      data: { domains: [{ id: active.id }], pagination: { page: 1, per_page: 1, total: 2, total_pages: 2 } },
      next_page_token: expect.stringMatching(/./),
    });
    const { next_page_token: token } = page.body as { next_page_token: string };
    expect((await own.ask('GET', `/domains?per_page=1&page_token=${token}`)).body).toMatchObject({
      data: { domains: [{ id: pending.id }] },
      next_page_token: '',
    });
    expect((await own.ask('GET', '/domains?status=pending')).body).toMatchObject({
      data: { domains: [{ id: pending.id }], pagination: { total: 1 } },
    });
  });

  test('change by POST field by field, and by PUT as a whole', async () => {
    const { id, domain } = await create(tenant);
    const changed = await tenant.ask('POST', `/domains/${id}`, { settings: { default_transport: 'tls' } });
    expect(changed).toMatchObject({
      status: 200,
      body: { data: { settings: { default_transport: 'tls', nat_keepalive: true }, version: 2 } },
    });
    const replaced = await tenant.ask('PUT', `/domains/${id}`, {
      domain,
      organization_id: tenant.id,
      ssl_enabled: false,
    });
    expect(replaced).toMatchObject({
      status: 200,
      body: { data: { settings: { default_transport: 'udp' }, ssl_enabled: false, version: 3 } },
    });
    expect(outcome(await tenant.ask('POST', `/domains/${id}`, { ssl_enabled: true, version: 2 }))).toBe(
      '409 VERSION_CONFLICT',
    );
  });

  test('of one name exist once in the organization, and once active on the platform', async () => {
    const other = await newTenant();
    const { domain } = await create(tenant);
    const again = await tenant.ask('PUT', '/domains/new', { domain, organization_id: tenant.id });
    expect(outcome(again)).toBe('409 DOMAIN_EXISTS');
    const claimed = await create(other, domain);
    await tenant.ask('POST', `/domains/${(await create(tenant)).id}`, { status: 'active' });
    expect((await other.ask('POST', `/domains/${claimed.id}`, { status: 'active' })).status).toBe(200);
    const late = await newTenant();
    const taken = await late.ask('PUT', '/domains/new', { domain, organization_id: late.id });
    expect(outcome(taken)).toBe('409 DOMAIN_EXISTS');
  });

  test('stop and start by POST, and free the name for others while they are inactive', async () => {
    const [own, other] = [await newTenant(), await newTenant()];
    const { id, domain } = await activate(own);
    expect((await own.ask('POST', `/domains/${id}`, { status: 'inactive' })).body).toMatchObject({
      data: { status: 'inactive' },
    });
    const claimed = await create(other, domain);
    await other.ask('POST', `/domains/${claimed.id}`, { status: 'active' });
    expect(outcome(await own.ask('POST', `/domains/${id}`, { status: 'active' }))).toBe('409 DOMAIN_EXISTS');
  });

  test.each([
    ['an address as domain', { domain: '192.0.2.1' }, '400 INVALID_DOMAIN'],
    ['no organization', { organization_id: undefined }, '400 MISSING_FIELD'],
    ['no domain', { domain: undefined }, '400 MISSING_FIELD'],
    ['an unknown setting', { settings: { codec: 'opus' } }, '422 VALIDATION_FAILED'],
    ['an unknown transport', { settings: { default_transport: 'sctp' } }, '422 VALIDATION_FAILED'],
  ])('%s is rejected', async (_, more, wanted) => {
    const body = { domain: newName(), organization_id: tenant.id, ...more };
    expect(outcome(await tenant.ask('PUT', '/domains/new', body))).toBe(wanted);
  });

  test('a POST has no 422: a broken rule is 400', async () => {
    const { id } = await create(tenant);
    const codes = [{ status: 'pending' }, { status: 'inactive' }, { settings: { codec: 'opus' } }].map(async (body) =>
      outcome(await tenant.ask('POST', `/domains/${id}`, body)),
    );
    expect(await Promise.all(codes)).toEqual(['400 INVALID_STATUS', '400 INVALID_STATUS', '400 VALIDATION_FAILED']);
  });

  test('keep their name once active, and their organization', async () => {
    const { id } = await activate(tenant);
    const renamed = await tenant.ask('PUT', `/domains/${id}`, { domain: newName(), organization_id: tenant.id });
    expect(outcome(renamed)).toBe('422 IMMUTABLE_FIELD');
    const unknown = await tenant.ask('PUT', '/domains/dom_unknown', { domain: newName(), organization_id: tenant.id });
    expect(outcome(unknown)).toBe('404 NOT_FOUND');
  });

  test('that trunks have as realm are deleted by force only', async () => {
    const { id, domain } = await activate(tenant);
    const trunk = texts(
      await tenant.ask('PUT', '/siptrunk/new', { name: domain, type: 'pbx', host: 'pbx.example.com', realm: domain }),
    );
    expect(await tenant.ask('DELETE', `/domains/${id}`)).toMatchObject({
      status: 409,
      body: { error: { code: 'DOMAIN_IN_USE', details: [{ path: trunk['id'] }] } },
    });
    expect((await tenant.ask('DELETE', `/domains/${id}?force=true`)).status).toBe(200);
    expect((await tenant.ask('GET', `/domains/${id}`)).status).toBe(404);
  });

  test('that are active prevent closing the organization, others go with it', async () => {
    const own = await newTenant();
    const [pending, active] = [await create(own), await activate(own)];
    expect(await own.ask('DELETE', `/orgs/${own.id}`)).toMatchObject({
      status: 409,
      body: { error: { details: [{ path: 'active_domains', message: '1 active domains' }] } },
    });
    await own.ask('POST', `/domains/${active.id}`, { status: 'inactive' });
    expect((await own.ask('DELETE', `/orgs/${own.id}`)).status).toBe(200);
    // The name is free again for the same claim of another organization.
    await eventually(async () => (await own.ask('GET', `/domains/${pending.id}`)).status === 404, 20_000);
  });
});

describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('verification', () => {
  needs('nsd');
  const zone = newZone();
  let one: AdministeredTenant;
  let other: AdministeredTenant;
  beforeAll(async () => {
    [one, other] = await Promise.all([newAdministeredTenant('one'), newAdministeredTenant('other')]);
  });
  afterAll(() => zone.serve());

  const verify = ({ ask }: Asking, { id }: Domain) => ask('POST', `/domains/${id}/verify`);
  const label = ({ domain }: Domain): string => domain.replace(/\.test$/, '');
  const recordOf = (domain: Domain, at = label(domain)): string => `${at} TXT "${domain.dns_verification_record}"`;

  test('finds the record at the domain or below it, and answers what it found instead', async () => {
    const [at, below] = [await create(one, newName('test')), await create(one, newName('test'))];
    await zone.serve(`${label(at)} TXT "v=spf1 -all"`);
    expect(await verify(one, at)).toMatchObject({
      status: 422,
      body: {
        error: {
          code: 'DOMAIN_NOT_VERIFIED',
          details: [
            { path: 'expected', message: at.dns_verification_record },
            { path: 'found', message: 'v=spf1 -all' },
          ],
        },
      },
    });
    expect(outcome(await one.ask('POST', `/domains/${at.id}`, { status: 'active' }))).toBe('400 DOMAIN_NOT_VERIFIED');
    await zone.serve(recordOf(at), recordOf(below, `_voiceplatform.${label(below)}`));
    expect(await verify(one, at)).toMatchObject({
      status: 200,
      body: { message: 'Domain verified', data: { status: 'active', verified_at: expect.any(String) } },
    });
    expect((await one.ask('POST', `/domains/${below.id}`, { status: 'active' })).status).toBe(200);
    await zone.serve();
    expect((await verify(one, at)).status).toBe(200);
  });

  test('is unavailable while no server answers', async () => {
    const elsewhere = await create(one, newName('example'));
    const answer = await verify(one, elsewhere);
    expect([outcome(answer), answer.headers.get('retry-after')]).toEqual(['503 DNS_UNAVAILABLE', '30']);
    const { data } = (await one.ask('GET', `/events/domain/${elsewhere.id}`)).body as {
      data: { events: { event_type?: string }[] };
    };
    expect(JSON.stringify(data)).toContain('domain.verification_failed');
  });

  test("is the operator's right for domains of the platform", async () => {
    const body = { domain: 'a.localhost', organization_id: one.id };
    expect(outcome(await one.ask('PUT', '/domains/new', body))).toBe('422 RESERVED_DOMAIN');
  });

  test('of two organizations at once is won by one of them, and the other is told', async () => {
    const domain = newName('test');
    const claims = await Promise.all([one, other].map((tenant) => create(tenant, domain)));
    await zone.serve(...claims.map((claim) => recordOf(claim)));
    const answers = await Promise.all([one, other].map((tenant, at) => verify(tenant, claims[at] as Domain)));
    expect(answers.map(outcome).toSorted()).toEqual(['200', '409 DOMAIN_EXISTS']);
  });
});

test('phones of an organization get its active domain, and another one when it is deleted', async () => {
  const own = await newTenant();
  const lines = [{ extension: '200', type: 'primary' }];
  const mac = `02:${(randomBytes(5).toString('hex').match(/../g) ?? []).join(':')}`;
  const { id: device = '' } = texts(await own.ask('PUT', '/devices/phone', { mac_address: mac, lines }));
  const domainOfAccount = async (): Promise<unknown> => {
    const { accounts } = (await own.ask('GET', `/devices/${device}/config`)).body as { accounts: Body[] };
    return accounts[0]?.['domain'];
  };
  const platform = await domainOfAccount();
  const { id, domain } = await activate(own);
  await eventually(async () => (await domainOfAccount()) === domain, 20_000);
  expect(outcome(await own.ask('DELETE', `/domains/${id}`))).toBe('409 DOMAIN_IN_USE');
  await own.ask('DELETE', `/domains/${id}?force=true`);
  await eventually(async () => (await domainOfAccount()) === platform, 100_000);
}, 700_000);

test('claims of a name that another organization has verified become inactive', async () => {
  const [own, other] = [await newTenant(), await newTenant()];
  const claim = await create(other);
  const { id } = await create(own, claim.domain);
  await own.ask('POST', `/domains/${id}`, { status: 'active' });
  const stateOf = async () => domainIn(await other.ask('GET', `/domains/${claim.id}`))['status'];
  await eventually(async () => (await stateOf()) === 'inactive', 20_000);
});

test('an active domain gets an identity for e-mail, with its DKIM records', async () => {
  const own = await newTenant();
  const { id, domain } = await activate(own);
  const shown = await eventually(async () => {
    const read = domainIn(await own.ask('GET', `/domains/${id}`));
    if (read['email_status'] === null) throw new Error('it has no identity yet');
    return read;
  }, 20_000);
  const { dkim } = shown['dns_records'] as { dkim: { name: string; value: string }[] };
  expect(['verified', 'pending']).toContain(shown['email_status']);
  expect(dkim).toHaveLength(3);
  expect(dkim.every(({ name }) => name.endsWith(`._domainkey.${domain}`))).toBe(true);
});
