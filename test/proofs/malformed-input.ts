import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { mayEndSessions, newExampleTenant } from '../authorization/example-tenants.ts';
import { examples } from '../authorization/examples.ts';
import type { Api, RawReply } from '../support/api.ts';
import { objectionsFrom, type Objection } from '../system/documented.ts';
import { malformed, type Malformed } from './malformed.ts';
import { byRoute } from './sample.ts';

/** Seed of every run; another one: `FUZZ_SEED=7 npx vitest run --project unit test/proofs/malformed-input.test.ts`. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_120);
const seedOf = (route: string): number => createHash('sha256').update(`${seed} ${route}`).digest().readInt32BE();
const concurrency = 4;

/**
 * What is wrong with an answer to a malformed request: a server error, or a form that the OpenAPI document does not
 * have. null if nothing is.
 */
function problemOf(
  objection: Objection,
  { path, errors }: Endpoint,
  { method }: Malformed,
  { status, headers, body }: RawReply,
): string | null {
  // A missing device is no server error: an endpoint may answer what it declares.
  if (status >= 500 && !errors.some((code) => body.toUpperCase().includes(code))) return 'a fault';
  const exchange = { method, status, body, contentType: headers['content-type'] ?? '' };
  const asEndpoint = objection({ ...exchange, path: path.replaceAll('+}', '}') });
  // The malformed path may match another route, or none.
  if (asEndpoint === null || objection({ ...exchange, path: '/nothing/that/is' }) === null) return null;
  return asEndpoint;
}

const withToken = ({ headers, ...request }: Malformed, token: string): Malformed => ({
  ...request,
  headers: headers.some(([name]) => name === 'authorization')
    ? headers
    : [...headers, ['authorization', `Bearer ${token}`]],
});

const reportOf = (request: Malformed, { status, headers, body }: RawReply, problem: string): string =>
  [
    `${request.what}: ${problem}`,
    `  ${JSON.stringify({ ...request, body: request.body?.slice(0, 500) })}`,
    `  ${status} ${headers['content-type']} ${headers['x-request-id']} ${body.slice(0, 500)}`,
  ].join('\n');

/** One test per endpoint; it sends `cases` malformed requests. */
export function proveMalformedInput(api: () => Api, endpoints: readonly Endpoint[], cases: number): void {
  let objection: Objection;

  beforeAll(async () => {
    objection = objectionsFrom((await api().api(`${api().base}/openapi.json`)).body);
  });

  describe(`${cases} malformed requests`, () => {
    test.each(byRoute(endpoints))('are answered properly by %s', async (route, endpoint) => {
      const { people, sendRaw } = api();
      // Each endpoint may fill its own organization.
      const tenant = await newExampleTenant(api());
      const asked = await examples[route]!.prepare(tenant);
      // Each endpoint has its own caller, whom it may change, and a session per request that may end it.
      const caller = asked.owner ?? (await people.join(tenant.organization, 'reseller'));
      const session = asked.token ?? (await people.signIn(caller));
      const isRenewed = asked.token === undefined && mayEndSessions(endpoint);
      const requests = fc
        .sample(malformed(endpoint, asked), { numRuns: cases, seed: seedOf(route) })
        .map((each) => ({ ...each, path: api().base + each.path }));
      const problems: string[] = [];
      const next = requests.values();
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          for (const each of next) {
            const reply = await sendRaw(withToken(each, isRenewed ? await people.signIn(caller) : session));
            const problem = problemOf(objection, endpoint, each, reply);
            if (problem !== null) problems.push(reportOf(each, reply, problem));
          }
        }),
      );
      expect(problems, `seed ${seed}`).toEqual([]);
    });
  });
}
