import { beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { scopes } from '#contract/scopes.ts';
import type { Answer } from '../system/cloud.ts';
import { newKey } from '../system/tenant.fixture.ts';
import type { Member, SessionState } from '../system/people.ts';
import type { Api } from '../support/api.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import { examples } from '../authorization/examples.ts';
import { cellOf, columns, granted, roles, type Cell, type Column } from '../authorization/matrix.ts';
import {
  codeIn,
  mayEndSessions,
  inOrganization,
  movedTo,
  newExampleTenant,
  send,
  sendAsOwner,
} from '../authorization/example-tenants.ts';
import { byRoute } from './sample.ts';

/** Calls endpoints as every role and in every state of a credential, and compares the answers with the matrix. */

const operatorOrganization = 1000;

/** Tenants, and a caller for each column of the matrix. */
type Callers = {
  readonly home: ExampleTenant;
  readonly suspended: ExampleTenant;
  readonly closed: ExampleTenant;
  readonly members: ReadonlyMap<Column, Member>;
  readonly accessKey: string;
};

async function newCallers(api: Api): Promise<Callers> {
  const { people } = api;
  const [home, other, suspended, closed] = await Promise.all([
    newExampleTenant(api),
    newExampleTenant(api),
    newExampleTenant(api, { status: 'suspended' }),
    newExampleTenant(api),
  ]);
  const members = new Map<Column, Member>();
  const join = async (column: Column, organization: number, role: string, more = {}): Promise<void> =>
    void members.set(column, await people.join(organization, role, more));
  await Promise.all([
    ...roles.map((role) => join(role, role === 'operator' ? operatorOrganization : home.organization, role)),
    join('expired', home.organization, 'admin'),
    join('revoked', home.organization, 'admin'),
    join('disabled', home.organization, 'admin', { status: 'disabled' }),
    join('closed', closed.organization, 'admin'),
    join('in a closed one', operatorOrganization, 'operator'),
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
  const { token } = await newKey(api, await people.signIn(reseller), { scopes: granted['access key'] });
  await closed.call('DELETE', `/orgs/${closed.organization}?confirm=${closed.organization}`);
  return { home, suspended, closed, members, accessKey: token };
}

// Their sessions were created with more scopes than their roles grant now.
const sessions: Partial<Record<Column, SessionState>> = {
  expired: { ttl: -3_600 },
  revoked: { revoked: true },
  'own role': { scopes },
};

/** Sends requests as the caller of a column. */
function askingAs(api: Api, { home, closed, members, accessKey }: Callers) {
  const { people } = api;
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
  return async (endpoint: Endpoint, column: Column, asked: ExampleRequest): Promise<Answer> => {
    if (column === 'in a closed one')
      return send(api, endpoint, movedTo(closed.organization, endpoint, asked), await tokenOf(endpoint, column));
    const isElsewhere = column === 'operator' || column === 'other tenant';
    const request = isElsewhere ? inOrganization(home.organization, endpoint, asked) : asked;
    return send(api, endpoint, request, await tokenOf(endpoint, column));
  };
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

/**
 * Examples that are not rejected, and fail: a name of a file has a hash, no one knows the password, no phone is there.
 */
export const failing: ReadonlySet<string> = new Set([
  'GET /console/{file}',
  'GET /documentation/assets/{file}',
  'ANY /errors',
  'POST /auth/login',
  'POST /devices/sipnotify/{deviceId}',
  'POST /Calls/{callId}/actions',
]);

export function proveAuthorization(api: () => Api, endpoints: readonly Endpoint[]): void {
  let callers: Callers;
  let askAs: ReturnType<typeof askingAs>;

  beforeAll(async () => {
    callers = await newCallers(api());
    askAs = askingAs(api(), callers);
  });

  describe('the matrix of roles and credentials', () => {
    test.each(byRoute(endpoints))('is what %s answers', async (route, endpoint) => {
      const { home, suspended } = callers;
      const example = examples[route];
      if (example === undefined) return expect.fail(`${route} has no example`);
      const asked = await example.prepare(home);
      const found = new Map<Column, Cell>();
      const ask = async (column: Column): Promise<void> => {
        const expected = cellOf(endpoint, column);
        const allowed = expected === 'yes' || expected === 'own';
        const tenant = column === 'suspended' ? suspended : home;
        // A deleted resource does not exist for the next caller.
        const isPreparedAgain = allowed && (endpoint.method === 'DELETE' || tenant !== home);
        const answer = await askAs(endpoint, column, isPreparedAgain ? await example.prepare(tenant) : asked);
        // A rule that is missing for a role must not surface as an internal error.
        expect(`${column} ${answer.status}`).not.toBe(`${column} 500`);
        found.set(column, cellIn(answer, expected));
      };
      // A public endpoint reads no credential, so two columns represent all.
      const asking = endpoint.scope === 'public' ? openColumns : columns;
      const isRejected = (column: Column): boolean => /^\d/.test(cellOf(endpoint, column));
      // Rejected callers come first and at once: they change nothing. The others change the resource.
      await Promise.all(asking.filter(isRejected).map(ask));
      for (const column of asking) if (!isRejected(column)) await ask(column);
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries([...found.keys()].map((column) => [column, cellOf(endpoint, column)])),
      );
    });
  });

  describe('the example', () => {
    test.each(byRoute(endpoints.filter(({ route }) => !failing.has(route))))(
      'of %s succeeds',
      async (route, endpoint) => {
        const { home } = callers;
        const answer = await sendAsOwner(api(), endpoint, { home, asked: await examples[route]!.prepare(home) });
        expect([200, 201, 202, 204, 303], JSON.stringify(answer.body)).toContain(answer.status);
      },
    );
  });
}
