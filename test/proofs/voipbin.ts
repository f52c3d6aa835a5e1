import * as z from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AnswerSchema, Endpoint } from '#contract/endpoint.ts';
import { fieldsOf } from '#contract/fields.ts';
import { addressOf, methodOf, newExampleTenant, sendAsOwner, withSession } from '../authorization/example-tenants.ts';
import { examples } from '../authorization/examples.ts';
import type { Api } from '../support/api.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import type { Answer } from '../system/cloud.ts';
import { failing } from './authorization.ts';
import { settled } from './paging.ts';
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

/** An error in the only form, which names a code and no status of its own. */
function expectError({ status, headers, body }: Answer, code?: string): void {
  expect(headers.get('content-type')).toBe('application/json');
  const { error } = ErrorBody.parse(body);
  if (code !== undefined) expect(`${status} ${error}`).toBe(code);
  expect(Object.keys(Object(body) as object).filter((name) => foreign.has(name))).toEqual([]);
}

/** The answer of an example is bare: a list, or the data as the contract has them. */
function expectBare(endpoint: Endpoint, { status, headers, body }: Answer): void {
  const answer = endpoint.answers[status as keyof Endpoint['answers']];
  const names = Object.keys(Object(body) as object);
  if ((answer !== undefined && 'kind' in answer && answer.kind === 'list') || isPaged(endpoint)) {
    ListBody.parse(body);
    expect(names.filter((name) => foreign.has(name))).toEqual([]);
  } else if (isData(answer) && headers.get('content-type') === 'application/json') {
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

/** Pages that a walk reads at most. */
const most = 40;

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
      const list = async (page: Readonly<Record<string, string>>) => {
        const query = { ...asked.query, ...page };
        return ListBody.parse((await sendAsOwner(api(), endpoint, { home: own, asked: { ...asked, query } })).body);
      };
      const whole = await list({ page_size: '50' });
      expect(whole.next_page_token).toBe('');
      const walked: unknown[] = [];
      let token: string | undefined;
      for (let pages = 0; token !== '' && pages < most; pages += 1) {
        const page = await list({ page_size: '1', ...(token === undefined ? {} : { page_token: token }) });
        expect(page.result.length).toBeLessThanOrEqual(1);
        walked.push(...page.result);
        token = page.next_page_token;
      }
      expect(settled(walked)).toEqual(settled(whole.result).slice(0, most));
    });
  });
}
