import { beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { takesIfMatch } from '#contract/openapi-errors.ts';
import { codeIn, newExampleTenant, sendAsOwner } from '../authorization/example-tenants.ts';
import { examples, replacementOf } from '../authorization/examples.ts';
import type { Api } from '../support/api.ts';
import type { ExampleTenant } from '../support/example-request.ts';
import { byRoute } from './sample.ts';

/** Changes with `If-Match` (shared/http/README.md, "Versions"). */

export function proveVersions(api: () => Api, endpoints: readonly Endpoint[]): void {
  let home: ExampleTenant;

  beforeAll(async () => {
    home = await newExampleTenant(api());
  });

  const changing = endpoints.filter(takesIfMatch);
  const exampleOf = (endpoint: Endpoint) => replacementOf(endpoint) ?? examples[endpoint.route]!;

  describe('a change with another version in If-Match', () => {
    test.each(byRoute(changing))('is rejected by %s', async (_route, endpoint) => {
      const asked = await exampleOf(endpoint).prepare(home);
      const answer = await sendAsOwner(api(), endpoint, { home, asked, headers: { 'if-match': '"999999"' } });
      expect(`${answer.status} ${codeIn(answer)}`.toUpperCase()).toBe('409 VERSION_CONFLICT');
    });
  });

  /** The endpoint that shows what another one changes. */
  const shownBy = ({ path }: Endpoint) => endpoints.find((each) => each.path === path && each.method === 'GET');

  describe('a change with the version that a GET answers', () => {
    test.each(byRoute(changing.filter((endpoint) => shownBy(endpoint) !== undefined)))(
      'is made by %s',
      async (_route, endpoint) => {
        const asked = await exampleOf(endpoint).prepare(home);
        const { params = {} } = asked;
        const shown = await sendAsOwner(api(), shownBy(endpoint)!, {
          home,
          asked: { ...asked, params, body: undefined },
        });
        const tag = shown.headers.get('etag');
        if (shown.status !== 200 || tag === null) return;
        const answer = await sendAsOwner(api(), endpoint, { home, asked, headers: { 'if-match': tag } });
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      },
    );
  });
}
