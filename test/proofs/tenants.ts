import { beforeAll, describe, expect, test } from 'vitest';
import { monotonicFactory } from 'ulid';
import type { Endpoint } from '#contract/endpoint.ts';
import type { Api } from '../support/api.ts';
import type { Answer, Extra } from '../system/cloud.ts';
import type { Member } from '../system/people.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import { examples, replacementOf } from '../authorization/examples.ts';
import { endpoints as all } from '../authorization/matrix.ts';
import { omit } from '#schema/omit.ts';
import { byRoute } from './sample.ts';
import {
  addressOf,
  codeIn,
  mayEndSessions,
  methodOf,
  newExampleTenant,
  nextPageIn,
  sendAsOwner,
} from '../authorization/example-tenants.ts';

/**
 * Tenants are isolated: a resource of another tenant is answered exactly as one that does not exist, and no text of
 * one tenant is in an answer to another, wherever its ids, its number or its page tokens are sent.
 */

const ulid = monotonicFactory();
const anyUlid = /(?<=[a-z]_)[0-9A-HJKMNP-TV-Z]{26}/g;
/** Has as many digits as existing organizations; the counter never reaches it. */
const missingOrganization = '9999';

/** Applies `change` to every text of a value. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTexts(each, change)]));
}

/** The same request about resources that do not exist; undefined if it names none. */
function missingTwinOf(
  asked: ExampleRequest,
  organization: number,
): { readonly asked: ExampleRequest; readonly restore: (text: string) => string } | undefined {
  const replaced = new Map<string, string>();
  const replaceIds = (text: string): string => {
    const swapped = text.replaceAll(anyUlid, (id) => {
      const other = [...replaced].find(([, from]) => from === id)?.[0] ?? ulid();
      replaced.set(other, id);
      return other;
    });
    if (!new RegExp(`(^|[/_])${organization}$`).test(swapped)) return swapped;
    replaced.set(missingOrganization, String(organization));
    return swapped.replace(/\d+$/, missingOrganization);
  };
  const request = omit(asked, 'owner', 'token');
  const twin = mapTexts(request, replaceIds) as ExampleRequest;
  if (replaced.size === 0) return undefined;
  return {
    asked: twin,
    restore: (text) => [...replaced].reduce((sofar, [to, from]) => sofar.replaceAll(to, from), text),
  };
}

const volatileHeaders = new Set([
  'date',
  'x-request-id',
  'apigw-requestid',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
]);

/** The parts of an answer that are equal for equal requests. */
function comparable({ status, headers, body }: Answer): string {
  const kept = [...headers].filter(([name]) => !volatileHeaders.has(name));
  const text = JSON.stringify([status, kept, body]);
  return text
    .replaceAll(/"request_id\\*":\\*"[^"\\]+/g, '"request_id":"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
}

/** Two tenants, and a caller of one of them. */
type Neighbours = { readonly home: ExampleTenant; readonly stranger: Member };

const isOf = ({ mark }: ExampleTenant, { headers, body }: Answer): boolean =>
  JSON.stringify([[...headers], body]).includes(mark);

/** Sends requests of the stranger. */
function strangersRequests(api: Api, { home, stranger }: Neighbours) {
  const { people } = api;
  let session: Promise<string> | undefined;
  /** The mark of the other tenant is not sent, so an answer with it has it from storage. */
  return async (
    endpoint: Endpoint,
    asked: ExampleRequest,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const {
      params,
      query: own = {},
      body,
    } = mapTexts({ params: asked.params, query: asked.query, body: asked.body }, (text) =>
      text.replaceAll(home.mark, 'ours'),
    ) as ExampleRequest;
    const request: Extra = {
      method: methodOf(endpoint),
      token: await (mayEndSessions(endpoint) ? people.signIn(stranger) : (session ??= people.signIn(stranger))),
      headers: { accept: 'application/json' },
      ...(body === undefined ? {} : { json: body }),
    };
    return api.api(
      api.base + addressOf(endpoint, { ...(params === undefined ? {} : { params }), query: { ...own, ...query } }),
      request,
    );
  };
}

const names = ['org_id', 'orgId', 'organization_id'] as const;

/** The request with another tenant's number under each name of the parameter, in the query and in the body. */
function naming(organization: number, endpoint: Endpoint, asked: ExampleRequest) {
  const inQuery = names.map((name) => ({ asked, query: { [name]: `org_${organization}` } }));
  const hasBody = (endpoint.method === 'PUT' || endpoint.method === 'POST') && endpoint.orgFromQueryOnly !== true;
  const inBody = names.map((name) => ({
    asked: { ...asked, body: { ...(Object(asked.body) as object), [name]: organization } },
    query: {},
  }));
  return hasBody ? [...inQuery, ...inBody] : inQuery;
}

export function proveIsolation(api: () => Api, endpoints: readonly Endpoint[]): void {
  let home: ExampleTenant;
  let askAsStranger: ReturnType<typeof strangersRequests>;

  beforeAll(async () => {
    const [one, other] = await Promise.all([newExampleTenant(api()), newExampleTenant(api())]);
    home = one;
    // This role has every scope and reaches organizations beyond its own.
    const stranger = await api().people.join(other.organization, 'reseller');
    askAsStranger = strangersRequests(api(), { home, stranger });
  });

  // Two tests send the same request and both are rejected, so it is prepared once.
  const preparedRequests = new Map<string, Promise<ExampleRequest>>();

  async function askedOf(route: string): Promise<ExampleRequest> {
    const asked = preparedRequests.get(route) ?? Promise.resolve(examples[route]!.prepare(home));
    preparedRequests.set(route, asked);
    return asked;
  }

  /** The answer to a stranger is the one about what does not exist. */
  async function expectAnswerAsForMissing(endpoint: Endpoint, asked: ExampleRequest): Promise<Answer> {
    const twin = missingTwinOf(asked, home.organization);
    const answer = await askAsStranger(endpoint, asked);
    expect(isOf(home, answer)).toBe(false);
    if (twin === undefined) return answer;
    expect(twin.restore(comparable(await askAsStranger(endpoint, twin.asked)))).toBe(comparable(answer));
    return answer;
  }

  const closed = endpoints.filter(({ scope }) => scope !== 'public');

  describe("another tenant's resource", () => {
    test.each(byRoute(closed))('is answered by %s as a missing one', async (route, endpoint) => {
      await expectAnswerAsForMissing(endpoint, await askedOf(route));
    });

    const replacing = closed.filter((endpoint) => replacementOf(endpoint) !== undefined);

    test.each(byRoute(replacing))('is replaced by %s no more than a missing one', async (_route, endpoint) => {
      const asked = await replacementOf(endpoint)!.prepare(home);
      expect((await expectAnswerAsForMissing(endpoint, asked)).status).toBeGreaterThanOrEqual(400);
    });
  });

  describe('an organization out of reach', () => {
    test.each(byRoute(closed))('is rejected by %s, under each name of the parameter', async (route, endpoint) => {
      const attempts = naming(home.organization, endpoint, await askedOf(route));
      const answers = await Promise.all(attempts.map(({ asked, query }) => askAsStranger(endpoint, asked, query)));
      for (const answer of answers) {
        // A path and a query that name different organizations are invalid.
        expect(
          endpoint.orgFromPath === undefined ? ['FORBIDDEN_ORG'] : ['FORBIDDEN_ORG', 'INVALID_PARAMETER'],
        ).toContain(codeIn(answer));
        expect(isOf(home, answer)).toBe(false);
      }
    });
  });

  describe('a page token', () => {
    const lists = closed.filter(({ query = {} }) => 'page_token' in query);

    test.each(byRoute(lists))('of %s is not valid for another tenant', async (route, endpoint) => {
      await examples[route]!.prepare(home);
      const asked = await examples[route]!.prepare(home);
      const firstPage = { ...asked, query: { ...asked.query, limit: '1' } };
      const next = nextPageIn(await sendAsOwner(api(), endpoint, { home, asked: firstPage }));
      expect(next).not.toBe('');
      const answer = await askAsStranger(endpoint, asked, { page_token: next });
      // A resource that does not exist for the stranger, or an organization out of its reach, has no pages either.
      expect([
        'INVALID_PAGE_TOKEN',
        'NOT_FOUND',
        ...(endpoint.orgFromPath !== undefined || endpoint.path.startsWith('/billingprofile/{id}')
          ? ['FORBIDDEN_ORG']
          : []),
      ]).toContain(codeIn(answer));
      expect(isOf(home, answer)).toBe(false);
    });
  });

  test('the owner sees the mark, so the tests above can fail', async () => {
    const shown = await Promise.all(
      ['GET /siptrunk/{id}', 'GET /dialplan/policy', 'GET /dialplan/template'].map(async (route) => {
        const endpoint = all.find((each) => each.route === route)!;
        const asked = await examples[route]!.prepare(home);
        return isOf(home, await sendAsOwner(api(), endpoint, { home, asked }));
      }),
    );
    expect(shown).toEqual([true, true, true]);
  });
}
