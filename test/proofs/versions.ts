import { beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { changesNamed, takesIfMatch } from '#contract/openapi-errors.ts';
import { codeIn, newExampleTenant, sendAsOwner } from '../authorization/example-tenants.ts';
import { examples, replacementOf } from '../authorization/examples.ts';
import { endpoints as all } from '../authorization/matrix.ts';
import type { Api } from '../support/api.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import { byRoute } from './sample.ts';

/** Changes with `If-Match` (shared/http/README.md, "Versions"). */

/** The endpoint that shows what another one changes. */
const shownBy = ({ path }: Endpoint): Endpoint | undefined =>
  all.find((each) => each.path === path && each.method === 'GET');

/** Its body names what its example replaces. */
const namedByBody: ReadonlySet<string> = new Set(['PUT /mobile/{id}']);

export function proveVersions(api: () => Api, endpoints: readonly Endpoint[]): void {
  let home: ExampleTenant;

  beforeAll(async () => {
    home = await newExampleTenant(api());
  });

  const versioned = endpoints.filter(takesIfMatch);
  const unversioned = endpoints.filter((endpoint) => changesNamed(endpoint) && !takesIfMatch(endpoint));
  const send = (endpoint: Endpoint, asked: ExampleRequest, tag?: string) =>
    sendAsOwner(api(), endpoint, { home, asked, ...(tag === undefined ? {} : { headers: { 'if-match': tag } }) });

  /** A change of a record that exists. */
  async function prepareChange(endpoint: Endpoint): Promise<ExampleRequest> {
    const own = await examples[endpoint.route]!.prepare(home);
    if (endpoint.method !== 'PUT') return own;
    const creates = Object.values(own.params ?? {}).includes('new') && !namedByBody.has(endpoint.route);
    const replacement = creates ? await replacementOf(endpoint)?.prepare(home) : undefined;
    if (replacement !== undefined) return replacement;
    // The client names what it creates.
    await send(endpoint, own);
    return own;
  }

  describe('a change with another version in If-Match', () => {
    test.each(byRoute(versioned))('is rejected by %s', async (_route, endpoint) => {
      const answer = await send(endpoint, await prepareChange(endpoint), '"999999"');
      expect(`${answer.status} ${codeIn(answer)}`.toUpperCase()).toBe('409 VERSION_CONFLICT');
    });
  });

  describe('a change of what has no version', () => {
    test.each(byRoute(unversioned))('is made by %s', async (_route, endpoint) => {
      const answer = await send(endpoint, await examples[endpoint.route]!.prepare(home), '"999999"');
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    });
  });

  /** The tag with which the record of a request is shown; null: none is. */
  async function tagOf(endpoint: Endpoint, { params = {}, owner, token }: ExampleRequest): Promise<string | null> {
    const caller = { ...(owner === undefined ? {} : { owner }), ...(token === undefined ? {} : { token }) };
    const shown = await send(shownBy(endpoint)!, { params, ...caller });
    return shown.status === 200 ? shown.headers.get('etag') : null;
  }

  describe('a change with the version that a GET shows', () => {
    test.each(byRoute(versioned.filter((endpoint) => shownBy(endpoint) !== undefined)))(
      'is made by %s',
      async (_route, endpoint) => {
        const asked = await prepareChange(endpoint);
        const tag = await tagOf(endpoint, asked);
        if (tag === null) return;
        const answer = await send(endpoint, asked, tag);
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      },
    );
  });
}
