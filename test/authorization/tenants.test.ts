import { beforeAll, describe, expect, test } from 'vitest';
import { monotonicFactory } from 'ulid';
import type { Endpoint } from '#contract/endpoint.ts';
import { connect, operatorToken, type Answer, type Extra } from '../system/cloud.ts';
import { peopleIn, type Member } from '../system/people.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import { examples, replacementOf } from './examples.ts';
import { endpoints } from './matrix.ts';
import { omit } from '#schema/omit.ts';
import { addressOf, codeIn, mayEndSessions, methodOf, newExampleTenant } from './example-tenants.ts';

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

/** The page token, at the top of the answer or in `data`. */
function nextPageIn({ body }: Answer): string {
  const { data, next_page_token: next } = body as {
    readonly data?: { readonly next_page_token?: string };
    readonly next_page_token?: string;
  };
  return next ?? data?.next_page_token ?? '';
}

const local = describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined);

local('isolation of two tenants', () => {
  const cloud = connect();
  const people = peopleIn(cloud.outputs);
  let home: ExampleTenant;
  let elsewhere: ExampleTenant;
  let stranger: Member;
  let token: string;

  beforeAll(async () => {
    [home, elsewhere] = await Promise.all([newExampleTenant(cloud, people), newExampleTenant(cloud, people)]);
    // This role has every scope and reaches organizations beyond its own.
    stranger = await people.join(elsewhere.organization, 'reseller');
    token = await people.signIn(stranger);
  });

  /**
   * Sends a request of the stranger. The mark of the other tenant is not sent, so an answer with it has it from
   * storage.
   */
  async function askAsStranger(
    endpoint: Endpoint,
    asked: ExampleRequest,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const {
      params,
      query: own = {},
      body,
    } = mapTexts({ params: asked.params, query: asked.query, body: asked.body }, (text) =>
      text.replaceAll(home.mark, 'ours'),
    ) as ExampleRequest;
    const request: Extra = {
      method: methodOf(endpoint),
      token: mayEndSessions(endpoint) ? await people.signIn(stranger) : token,
      headers: { accept: 'application/json' },
      ...(body === undefined ? {} : { json: body }),
    };
    return cloud.api(
      addressOf(endpoint, { ...(params === undefined ? {} : { params }), query: { ...own, ...query } }),
      request,
    );
  }

  // Two tests send the same request and both are rejected, so it is prepared once.
  const preparedRequests = new Map<string, Promise<ExampleRequest>>();

  async function askedOf(route: string): Promise<ExampleRequest> {
    const asked = preparedRequests.get(route) ?? Promise.resolve(examples[route]!.prepare(home));
    preparedRequests.set(route, asked);
    return asked;
  }

  const isOfHome = ({ headers, body }: Answer): boolean => JSON.stringify([[...headers], body]).includes(home.mark);

  const closed = endpoints
    .filter(({ scope }) => scope !== 'public')
    .map((endpoint) => [endpoint.route as string, endpoint] as const);

  test.each(closed)("%s answers for another tenant's resource as for a missing one", async (route, endpoint) => {
    const asked = await askedOf(route);
    const twin = missingTwinOf(asked, home.organization);
    const answer = await askAsStranger(endpoint, asked);
    expect(isOfHome(answer)).toBe(false);
    if (twin === undefined) return;
    expect(twin.restore(comparable(await askAsStranger(endpoint, twin.asked)))).toBe(comparable(answer));
  });

  const replacing = closed.flatMap(([route, endpoint]) => {
    const example = replacementOf(endpoint);
    return example === undefined ? [] : [[route, { endpoint, example }] as const];
  });

  test.each(replacing)("%s replaces another tenant's resource no more than a missing one", async (_route, given) => {
    const { endpoint, example } = given;
    const asked = await example.prepare(home);
    const answer = await askAsStranger(endpoint, asked);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(isOfHome(answer)).toBe(false);
    const twin = missingTwinOf(asked, home.organization);
    if (twin === undefined) return;
    expect(twin.restore(comparable(await askAsStranger(endpoint, twin.asked)))).toBe(comparable(answer));
  });

  const names = ['org_id', 'orgId', 'organization_id'] as const;

  test.each(closed)(
    '%s rejects an organization out of reach, under each name of the parameter',
    async (route, endpoint) => {
      const asked = await askedOf(route);
      const attempts: { readonly asked: ExampleRequest; readonly query?: Record<string, string> }[] = names.map(
        (name) => ({
          asked,
          query: { [name]: `org_${home.organization}` },
        }),
      );
      const inBody = (endpoint.method === 'PUT' || endpoint.method === 'POST') && endpoint.orgFromQueryOnly !== true;
      if (inBody)
        attempts.push(
          ...names.map((name) => ({
            asked: { ...asked, body: { ...(Object(asked.body) as object), [name]: home.organization } },
          })),
        );
      const answers = await Promise.all(
        attempts.map((attempt) => askAsStranger(endpoint, attempt.asked, attempt.query)),
      );
      for (const answer of answers) {
        // A path and a query that name different organizations are invalid.
        expect(
          endpoint.orgFromPath === undefined ? ['FORBIDDEN_ORG'] : ['FORBIDDEN_ORG', 'INVALID_PARAMETER'],
        ).toContain(codeIn(answer));
        expect(isOfHome(answer)).toBe(false);
      }
    },
  );

  const lists = closed.filter(([, { query = {} }]) => 'page_token' in query);

  test.each(lists)('a page token of %s is not valid for another tenant', async (route, endpoint) => {
    await examples[route]!.prepare(home);
    const asked = await examples[route]!.prepare(home);
    const { owner, token: session, query = {} } = asked;
    const inHome = owner === undefined ? { org_id: String(home.organization) } : {};
    const token = owner === undefined ? operatorToken() : (session ?? (await people.signIn(owner)));
    const first = await cloud.api(addressOf(endpoint, { ...asked, query: { ...query, limit: '1', ...inHome } }), {
      token,
      headers: { accept: 'application/json' },
    });
    const next = nextPageIn(first);
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
    expect(isOfHome(answer)).toBe(false);
  });

  test('the owner sees the mark, so the tests above can fail', async () => {
    const shown = await Promise.all(
      ['GET /siptrunk/{id}', 'GET /dialplan/policy', 'GET /dialplan/template'].map(async (route) => {
        const endpoint = endpoints.find((each) => each.route === route)!;
        const asked = await examples[route]!.prepare(home);
        return isOfHome(
          await cloud.api(
            addressOf(endpoint, { ...asked, query: { ...asked.query, org_id: String(home.organization) } }),
            { token: operatorToken() },
          ),
        );
      }),
    );
    expect(shown).toEqual([true, true, true]);
  });
});
