import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint.ts';
import { examples } from '../authorization/examples.ts';
import { endpoints } from '../authorization/matrix.ts';
import { mayEndSessions, newExampleTenant } from '../authorization/example-tenants.ts';
import { operatorToken, type Cloud } from '../system/cloud.ts';
import { objectionsFrom, type Exchange, type Objection } from '../system/documented.ts';
import { peopleIn, type People } from '../system/people.ts';
import { malformed, type Malformed } from './malformed.ts';

/** Seed of every run; another one: `FUZZ_SEED=7 npx vitest run test/fuzz`. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_120);
const seedOf = (route: string): number => createHash('sha256').update(`${seed} ${route}`).digest().readInt32BE();
const concurrency = 4;

type Reply = Omit<Exchange, 'method' | 'path'> & { readonly requestId: string };

const agent = new Agent({ keepAlive: true, maxSockets: concurrency });

/** Sends requests that `fetch` would reject or correct. */
const sendRaw = (base: string, { method, path, headers, body }: Malformed, token: string): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const named = new Set(headers.map(([name]) => name));
    const lines = [
      ...headers,
      ...(named.has('authorization') ? [] : [['authorization', `Bearer ${token}`] as const]),
      ...(body === undefined ? [] : [['content-length', String(Buffer.byteLength(body))] as const]),
    ];
    const sent = request(
      { agent, host: hostname, port, method, path, headers: Object.fromEntries(lines) },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            contentType: answer.headers['content-type'] ?? '',
            requestId: String(answer.headers['x-request-id'] ?? ''),
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

/**
 * What is wrong with an answer to a malformed request: a server error, or a form that the OpenAPI document does not
 * have. null if nothing is.
 */
function problemOf(
  objection: Objection,
  { path, errors }: Endpoint,
  { method }: Malformed,
  reply: Reply,
): string | null {
  // A missing device is no server error: an endpoint may answer what it declares.
  if (reply.status >= 500 && !errors.some((code) => reply.body.includes(code))) return 'a fault';
  const asEndpoint = objection({ ...reply, method, path: path.replaceAll('+}', '}') });
  // The malformed path may match another route, or none.
  if (asEndpoint === null || objection({ ...reply, method, path: '/nothing/that/is' }) === null) return null;
  return asEndpoint;
}

type Fuzzing = { readonly cloud: () => Cloud; readonly cases: number; readonly token?: () => string };

/** One test per endpoint; it sends `cases` malformed requests. */
export function fuzzEndpoints({ cloud, cases, token = operatorToken }: Fuzzing): void {
  type Ready = { readonly people: People; readonly objection: Objection; readonly base: string };
  let preparing: Promise<Ready> | undefined;
  const prepare = async (): Promise<Ready> => {
    const { outputs, api } = cloud();
    const people = peopleIn(outputs, token());
    return { people, objection: objectionsFrom((await api('/openapi.json')).body), base: outputs.ApiUrl };
  };

  test.each(endpoints.map((endpoint) => [endpoint.route as string, endpoint] as const))(
    `%s answers ${cases} malformed requests properly`,
    async (route, endpoint) => {
      const { people, objection, base } = await (preparing ??= prepare());
      // Each endpoint may fill its own organization.
      const tenant = await newExampleTenant(cloud(), people, {}, token());
      const asked = await examples[route]!.prepare(tenant);
      // Each endpoint has its own caller, whom it may change, and a session per request that may end it.
      const caller = asked.owner ?? (await people.join(tenant.organization, 'reseller'));
      const session = asked.token ?? (await people.signIn(caller));
      const isRenewed = asked.token === undefined && mayEndSessions(endpoint);
      const requests = fc.sample(malformed(endpoint, asked), { numRuns: cases, seed: seedOf(route) });
      const problems: string[] = [];
      const next = requests.values();
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          for (const each of next) {
            const reply = await sendRaw(base, each, isRenewed ? await people.signIn(caller) : session);
            const problem = problemOf(objection, endpoint, each, reply);
            if (problem !== null)
              problems.push(
                [
                  `${each.what}: ${problem}`,
                  `  ${JSON.stringify({ ...each, body: each.body?.slice(0, 500) })}`,
                  `  ${reply.status} ${reply.contentType} ${reply.requestId} ${reply.body.slice(0, 500)}`,
                ].join('\n'),
              );
          }
        }),
      );
      expect(problems, `seed ${seed}`).toEqual([]);
    },
  );
}
