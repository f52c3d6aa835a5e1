import { describe, expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { codeIn, newExampleTenant, nextPageIn, sendAsOwner, withSession } from '../authorization/example-tenants.ts';
import { examples } from '../authorization/examples.ts';
import type { Api } from '../support/api.ts';
import type { Answer } from '../system/cloud.ts';
import { omit } from '#schema/omit.ts';
import { byRoute } from './sample.ts';

/** Pages of lists (shared/http/README.md, "Lists"). */

/** The items of a list in any response format. */
function itemsIn({ body }: Answer): readonly unknown[] {
  const { data } = Object(body) as { readonly data?: unknown };
  if (Array.isArray(data)) return data;
  const fields = [data, body].flatMap((level) => Object.entries(Object(level) as object));
  const list = fields.find(([name, value]) => name !== 'warnings' && Array.isArray(value) && value.length > 0);
  return (list?.[1] ?? []) as readonly unknown[];
}

/** Items without what passes between two requests: the duration of a call in progress. */
const settled = (items: readonly unknown[]): unknown[] =>
  items.map((item) => omit(Object(item) as { duration?: number }, 'duration'));

/** Pages that a walk reads at most. */
const most = 40;

type Page = { readonly items: readonly unknown[]; readonly next: string };

/** Proves that pages of one item have the items of a list, and end. @param pageOf reads the page of a token */
export async function expectPages(whole: readonly unknown[], pageOf: (token?: string) => Promise<Page>): Promise<void> {
  const walked: unknown[] = [];
  let token: string | undefined;
  for (let pages = 0; token !== '' && pages < most; pages += 1) {
    const { items, next } = await pageOf(token);
    expect(items.length).toBeLessThanOrEqual(1);
    walked.push(...items);
    token = next;
  }
  expect(settled(walked)).toEqual(settled(whole).slice(0, most));
  expect(walked.length).toBeGreaterThan(1);
  // A list of fewer items than the walk has pages has come to its end.
  expect(walked.length < most ? token : '').toBe('');
}

/** A token of which the first character differs. */
export const changedToken = (token: string): string => token.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));

export function provePaging(api: () => Api, endpoints: readonly Endpoint[]): void {
  const lists = endpoints.filter(({ query = {}, scope }) => 'page_token' in query && scope !== 'public');

  describe('a list', () => {
    test.each(byRoute(lists))('of %s has the same items page by page, and no others', async (route, endpoint) => {
      const home = await newExampleTenant(api());
      await examples[route]!.prepare(home);
      const asked = await withSession(api(), await examples[route]!.prepare(home));
      await api().settled();
      const list = async (more: Readonly<Record<string, string>>) =>
        sendAsOwner(api(), endpoint, { home, asked: { ...asked, query: { ...asked.query, ...more } } });
      await expectPages(itemsIn(await list({ limit: '50' })), async (token) => {
        const answer = await list({ limit: '1', ...(token === undefined ? {} : { page_token: token }) });
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
        return { items: itemsIn(answer), next: nextPageIn(answer) };
      });
    });

    test.each(byRoute(lists))(
      'of %s rejects a changed page token, and a limit that is no number',
      async (route, endpoint) => {
        const home = await newExampleTenant(api());
        await examples[route]!.prepare(home);
        const asked = await withSession(api(), await examples[route]!.prepare(home));
        const list = async (more: Readonly<Record<string, string>>) =>
          sendAsOwner(api(), endpoint, { home, asked: { ...asked, query: { ...asked.query, ...more } } });
        const next = nextPageIn(await list({ limit: '1' }));
        expect(codeIn(await list({ page_token: changedToken(next) }))).toBe('INVALID_PAGE_TOKEN');
        for (const limit of ['0', 'many']) expect(codeIn(await list({ limit }))).toBe('INVALID_PARAMETER');
      },
    );
  });
}
