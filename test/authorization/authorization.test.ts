import { beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { scopes } from '#contract/scopes.ts';
import { connect, type Answer } from '../system/cloud.ts';
import { newKey } from '../system/tenant.fixture.ts';
import { peopleIn, type Member, type SessionState } from '../system/people.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import { examples } from './examples.ts';
import { cellOf, columns, endpoints, granted, roles, type Cell, type Column } from './matrix.ts';
import { codeIn, mayEndSessions, newExampleTenant, send } from './example-tenants.ts';

/** Calls every endpoint as every role and in every state of a credential, and compares the answers with the matrix. */

const operatorOrganization = 1000;

const local = describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined);

local('authorization of the running system', () => {
  const cloud = connect();
  const people = peopleIn(cloud.outputs);
  const members = new Map<Column, Member>();
  let home: ExampleTenant;
  let suspended: ExampleTenant;
  let accessKey: string;

  beforeAll(async () => {
    const [tenant, other, shut] = await Promise.all([
      newExampleTenant(cloud, people),
      newExampleTenant(cloud, people),
      newExampleTenant(cloud, people, { status: 'suspended' }),
    ]);
    [home, suspended] = [tenant, shut];
    const join = async (column: Column, organization: number, role: string, more = {}): Promise<void> =>
      void members.set(column, await people.join(organization, role, more));
    const closed = await newExampleTenant(cloud, people);
    await Promise.all([
      ...roles.map((role) => join(role, role === 'operator' ? operatorOrganization : home.organization, role)),
      join('expired', home.organization, 'admin'),
      join('revoked', home.organization, 'admin'),
      join('disabled', home.organization, 'admin', { status: 'disabled' }),
      join('closed', closed.organization, 'admin'),
      home
        .call('PUT', '/permissions/desk?type=role', {
          permissions: granted['own role'].map((permission) => ({ permission, granted: true })),
        })
        .then(() => join('own role', home.organization, 'desk')),
      join('other tenant', other.organization, 'reseller'),
      join('suspended', suspended.organization, 'admin'),
      join('password due', home.organization, 'admin', { must_change_password: true }),
    ]);
    const reseller = await people.join(home.organization, 'reseller');
    accessKey = (await newKey(cloud, await people.signIn(reseller), { scopes: granted['access key'] })).token;
    await closed.call('DELETE', `/orgs/${closed.organization}?confirm=${closed.organization}`);
  });

  // Their sessions were created with more scopes than their roles grant now.
  const sessions: Partial<Record<Column, SessionState>> = {
    expired: { ttl: -3_600 },
    revoked: { revoked: true },
    'own role': { scopes },
  };

  const tokens = new Map<Column, Promise<string>>();

  /** One session for all requests of a column; a session per request where the request may end it. */
  async function tokenOf(endpoint: Endpoint, column: Column): Promise<{ token?: string }> {
    const member = members.get(column);
    if (column === 'access key') return { token: accessKey };
    if (member === undefined) return {};
    if (mayEndSessions(endpoint)) return { token: await people.signIn(member, sessions[column]) };
    const token = tokens.get(column) ?? people.signIn(member, sessions[column]);
    tokens.set(column, token);
    return { token: await token };
  }

  /** Adds `org_id` for callers of other organizations, unless the path names the organization. */
  function withOrganization({ orgFromPath = '' }: Endpoint, asked: ExampleRequest, column: Column): ExampleRequest {
    const elsewhere = column === 'operator' || column === 'other tenant';
    const namesOrganization = /^(org\/)?(org_)?\d+$/.test(asked.params?.[orgFromPath] ?? '');
    return elsewhere && !namesOrganization
      ? { ...asked, query: { ...asked.query, org_id: String(home.organization) } }
      : asked;
  }

  async function answerTo(endpoint: Endpoint, column: Column, asked: ExampleRequest): Promise<Answer> {
    return send(cloud, endpoint, withOrganization(endpoint, asked, column), await tokenOf(endpoint, column));
  }

  /** The cell that an answer shows. Where two cells look the same to the caller, it is `expected`. */
  function cellIn(answer: Answer, expected: Cell): Cell {
    // The dial plan decides after the authorization.
    const isDecided = codeIn(answer) === 'CALL_DENIED';
    const allowed = isDecided || (answer.status !== 401 && answer.status !== 403);
    switch (expected) {
      case 'open':
        return codeIn(answer) === 'UNAUTHENTICATED' || answer.status === 403 ? '403' : 'open';
      case 'yes':
      case 'own':
        return allowed ? expected : answer.status === 401 ? '401' : '403';
      case 'rule':
        return answer.status === 403 ? 'rule' : allowed ? 'yes' : '401';
      case '403':
      case '401':
        return answer.status === 401 ? '401' : answer.status === 403 ? '403' : 'yes';
    }
  }

  const openColumns: readonly Column[] = ['none', 'revoked'];

  test.each(endpoints.map((endpoint) => [endpoint.route as string, endpoint] as const))(
    '%s answers each role and credential as the matrix says',
    async (route, endpoint) => {
      const example = examples[route];
      if (example === undefined) return expect.fail(`${route} has no example`);
      const asked = await example.prepare(home);
      const found = new Map<Column, Cell>();
      const askAs = async (column: Column): Promise<void> => {
        const expected = cellOf(endpoint, column);
        const allowed = expected === 'yes' || expected === 'own';
        const tenant = column === 'suspended' ? suspended : home;
        // A deleted resource does not exist for the next caller.
        const isPreparedAgain = allowed && (endpoint.method === 'DELETE' || tenant !== home);
        const answer = await answerTo(endpoint, column, isPreparedAgain ? await example.prepare(tenant) : asked);
        // A rule that is missing for a role must not surface as an internal error.
        expect(`${column} ${answer.status}`).not.toBe(`${column} 500`);
        found.set(column, cellIn(answer, expected));
      };
      // A public endpoint reads no credential, so two columns represent all.
      const asking = endpoint.scope === 'public' ? openColumns : columns;
      const isRejected = (column: Column): boolean => /^\d/.test(cellOf(endpoint, column));
      // Rejected callers come first and at once: they change nothing. The others change the resource.
      await Promise.all(asking.filter(isRejected).map(askAs));
      for (const column of asking) if (!isRejected(column)) await askAs(column);
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries([...found.keys()].map((column) => [column, cellOf(endpoint, column)])),
      );
    },
  );

  // "Allowed" in the matrix means only "not rejected"; here the example succeeds.
  const exceptions = new Set([
    'GET /console/{file}',
    'GET /documentation/assets/{file}',
    'ANY /errors',
    'POST /auth/login',
    'POST /devices/sipnotify/{deviceId}',
    'POST /Calls/{callId}/actions',
  ]);
  test.each(
    endpoints
      .filter(({ route }) => !exceptions.has(route))
      .map((endpoint) => [endpoint.route as string, endpoint] as const),
  )('the example of %s succeeds', async (route, endpoint) => {
    const asked = await examples[route]!.prepare(home);
    const { owner, token } = asked;
    const answer =
      owner === undefined
        ? await answerTo(endpoint, 'operator', asked)
        : await send(cloud, endpoint, asked, { token: token ?? (await people.signIn(owner)) });
    expect([200, 201, 202, 204, 303], JSON.stringify(answer.body)).toContain(answer.status);
  });
});
