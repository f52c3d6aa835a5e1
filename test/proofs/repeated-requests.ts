import { beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { takesIdempotencyKey } from '#contract/pipeline-effects.ts';
import { codeIn, newExampleTenant, sendAsOwner, withSession } from '../authorization/example-tenants.ts';
import { examples } from '../authorization/examples.ts';
import type { Api } from '../support/api.ts';
import type { ExampleRequest, ExampleTenant } from '../support/example-request.ts';
import type { Answer } from '../system/cloud.ts';
import { failing } from './authorization.ts';
import { byRoute } from './sample.ts';

/** Requests with an `Idempotency-Key` (shared/http/README.md, "Idempotency"). */

const replayed = 'idempotent-replayed';

/** What the first answer alone has: a secret that is shown once. */
const withoutSecrets = ({ status, body }: Answer): string =>
  JSON.stringify([status, body]).replaceAll(/"inbound_password":"[^"]*",?/g, '');

export function proveIdempotency(api: () => Api, endpoints: readonly Endpoint[]): void {
  let home: ExampleTenant;

  beforeAll(async () => {
    home = await newExampleTenant(api());
  });

  const repeating = endpoints.filter((endpoint) => takesIdempotencyKey(endpoint) && !failing.has(endpoint.route));

  describe('a repeated request with an Idempotency-Key', () => {
    test.each(byRoute(repeating))(
      'is answered by %s as the first, and another one is rejected',
      async (route, endpoint) => {
        const asked = await withSession(api(), await examples[route]!.prepare(home));
        const headers = { 'idempotency-key': home.unique() };
        const ask = (request: ExampleRequest) => sendAsOwner(api(), endpoint, { home, asked: request, headers });
        const [first, second] = [await ask(asked), await ask(asked)];
        expect([first.status < 400, first.headers.get(replayed)], JSON.stringify(first.body)).toEqual([true, null]);
        expect([second.headers.get(replayed), withoutSecrets(second)]).toEqual(['true', withoutSecrets(first)]);
        const other = await ask({ ...asked, query: { ...asked.query, other: 'request' } });
        expect(`${other.status} ${codeIn(other)}`).toBe(`${endpoint.brokenRule ?? 422} IDEMPOTENCY_KEY_REUSED`);
      },
    );
  });
}
