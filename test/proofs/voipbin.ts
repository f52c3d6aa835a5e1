import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AnswerSchema, Endpoint } from '#contract/endpoint.ts';
import { fieldsOf } from '#contract/fields.ts';
import { addressOf, methodOf, newExampleTenant, sendAsOwner, withSession } from '../authorization/example-tenants.ts';
import { examples } from '../authorization/examples.ts';
import type { Api } from '../support/api.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import type { Answer } from '../system/cloud.ts';
import { newKey } from '../system/tenant.fixture.ts';
import { failing } from './authorization.ts';
import { changedToken, expectPages } from './paging.ts';
import { byRoute } from './sample.ts';

/** What every endpoint answers under `/v1.0` (shared/http/answers/README.md, "Under /v1.0"). */

const ErrorBody = z.looseObject({
  error: z.string().regex(/^[a-z0-9_]+$/),
  message: z.string().min(1),
  request_id: z.string().min(1),
});
const ListBody = z.looseObject({ result: z.array(z.unknown()), next_page_token: z.string() });

/** Fields of other formats: of their envelopes and of their pages. */
const foreign: ReadonlySet<string> = new Set(['success', 'data', 'total', 'limit', 'offset', 'pagination']);

/** Resources that have a page of something besides their own fields. They are no lists. */
export const pagedResources: ReadonlySet<string> = new Set(['GET /tariffs/{id}', 'GET /groups/{id}']);

const isSearch = ({ body }: Endpoint): boolean => body !== undefined && fieldsOf(body).named.has('page_token');
const isPaged = (endpoint: Endpoint): boolean =>
  !pagedResources.has(endpoint.route) && ('page_token' in (endpoint.query ?? {}) || isSearch(endpoint));

const isData = (answer: AnswerSchema | undefined): answer is z.ZodType => answer !== undefined && !('kind' in answer);

/** A content type without its parameters (RFC 9110 §8.3.1). */
const mediaType = (contentType: string): string => contentType.replace(/;.*$/, '');

/** An error in the only form, which names a code and no status of its own. */
function expectError({ status, headers, body }: Answer, code?: string): void {
  expect(headers.get('content-type')).toBe('application/json');
  const { error } = ErrorBody.parse(body);
  if (code !== undefined) expect(`${status} ${error}`).toBe(code);
  expect(Object.keys(Object(body) as object).filter((name) => foreign.has(name))).toEqual([]);
}

/** The answer of an example is bare: a document, a list, or the data as the contract has them. */
function expectBare(endpoint: Endpoint, { status, headers, body }: Answer): void {
  const answer = endpoint.answers[status as keyof Endpoint['answers']];
  const names = Object.keys(Object(body) as object);
  const contentType = headers.get('content-type') ?? '';
  expect(names).not.toEqual(expect.arrayContaining(['success', 'data']));
  const documents = [answer, endpoint.alsoAnswers].flatMap((each) =>
    each !== undefined && 'kind' in each && each.kind === 'raw' ? each.contentTypes : [],
  );
  if (!isData(answer) && documents.length > 0) expect(documents.map(mediaType)).toContain(mediaType(contentType));
  if ((answer !== undefined && 'kind' in answer && answer.kind === 'list') || isPaged(endpoint)) {
    ListBody.parse(body);
    expect(names.filter((name) => foreign.has(name))).toEqual([]);
  } else if (isData(answer) && contentType === 'application/json') {
    const { named, values, isFree } = fieldsOf(answer);
    const others = names.filter((name) => name !== 'warnings' && !named.has(name));
    expect(isFree || values !== undefined ? [] : others).toEqual([]);
  }
}

/** Bodies whose fields break rules: each known field with a value that hardly one accepts. */
const brokenBodies = ({ body }: Endpoint): readonly unknown[] => {
  if (body === undefined) return [];
  const names = [...fieldsOf(body).named.keys()].filter((name) => !/^(org|version)/.test(name));
  return [{ '\u0000': [] }, ''].map((value) => Object.fromEntries(names.map((name) => [name, value])));
};

export function proveVoipbin(api: () => Api, endpoints: readonly Endpoint[]): void {
  let home: ExampleTenant;

  beforeAll(async () => {
    home = await newExampleTenant(api());
  });

  const ask = (endpoint: Endpoint, asked: ExampleRequest, init: Parameters<Api['api']>[1] = {}): Promise<Answer> =>
    api().api(api().base + addressOf(endpoint, asked), { method: methodOf(endpoint), redirect: 'manual', ...init });

  describe('an answer', () => {
    test.each(byRoute(endpoints))('of %s is bare, and each error has a code and a message', async (route, endpoint) => {
      const asked = await examples[route]!.prepare(home);
      const answer = await sendAsOwner(api(), endpoint, { home, asked });
      if (answer.status >= 400) {
        expect(failing).toContain(route);
        if (answer.headers.get('content-type') === 'application/json') expectError(answer);
      } else expectBare(endpoint, answer);
      if (endpoint.scope === 'public') return;
      // Neither without `Accept` nor with one for XML is anything XML.
      expectError(await ask(endpoint, asked), '401 unauthenticated');
      expectError(await ask(endpoint, asked, { headers: { accept: 'application/xml' } }), '401 unauthenticated');
    });
  });

  describe('a body', () => {
    const bodied = endpoints.filter(({ body, method }) => body !== undefined && method !== 'GET');
    test.each(byRoute(bodied))('of %s that breaks rules is never 422', async (route, endpoint) => {
      const asked = await withSession(api(), await examples[route]!.prepare(home));
      for (const body of brokenBodies(endpoint)) {
        const answer = await sendAsOwner(api(), endpoint, { home, asked: { ...asked, body } });
        if (answer.status >= 400) expectError(answer);
        expect(answer.status).not.toBe(422);
      }
    });
  });

  describe('a list', () => {
    test.each(byRoute(endpoints.filter(isPaged)))('of %s goes on by page_token to its end', async (route, endpoint) => {
      const own = await newExampleTenant(api());
      await examples[route]!.prepare(own);
      const asked = await withSession(api(), await examples[route]!.prepare(own));
      await api().settled();
      const list = async (page: Readonly<Record<string, string>>): Promise<Answer> => {
        const query = { ...asked.query, ...page };
        return sendAsOwner(api(), endpoint, { home: own, asked: { ...asked, query } });
      };
      const whole = ListBody.parse((await list({ page_size: '50' })).body);
      expect(whole.next_page_token).toBe('');
      const first = ListBody.parse((await list({ page_size: '1' })).body);
      await expectPages(whole.result, async (token) => {
        const page = token === undefined ? {} : { page_token: token };
        const { result, next_page_token: next } = ListBody.parse((await list({ page_size: '1', ...page })).body);
        return { items: result, next };
      });
      const changed = changedToken(first.next_page_token);
      expectError(await list({ page_token: changed }), '400 invalid_page_token');
      for (const size of ['0', '501', 'many']) expectError(await list({ page_size: size }), '400 invalid_parameter');
    });
  });

  test('an access key in the query is a credential, and a wrong one is 401', async () => {
    const admin = await api().people.signIn(await api().people.join(home.organization, 'admin'));
    const { token: key } = await newKey(api(), admin);
    const listed = (accesskey: string) => api().api(`${api().base}/users?accesskey=${accesskey}`);
    ListBody.parse((await listed(key)).body);
    expectError(await listed(`${key}x`), '401 invalid_token');
  });

  test('what credit does not cover is 402', async () => {
    const number = `+4690${String(randomInt(1e8)).padStart(8, '0')}`;
    const json = { state: 'available', country: 'SE', type: 'geographic', monthly_fee: 2 };
    await api().api(`/numbers/${number}`, { method: 'PUT', token: api().operator, json });
    const { organization } = await newExampleTenant(api());
    const admin = await api().people.signIn(await api().people.join(organization, 'admin'));
    const answer = await api().api(`${api().base}/numbers/${number}`, { method: 'PUT', token: admin, json: {} });
    expectError(answer, '402 insufficient_credits');
  });
}
