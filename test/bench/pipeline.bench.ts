import type { Context } from 'aws-lambda';
import { decodeJwt, importJWK, jwtVerify, SignJWT } from 'jose';
import { bundleContents, largestOrigins, readMetafile } from '#infra/bundle-inputs.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { signingKeyRow } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import { tokenAudience } from '#signing/token.ts';
import { issuer, noon } from '../support/dependencies.fixture.ts';
import { tenantsIn } from '../support/people.fixture.ts';
import { eventOf } from '../support/requests.fixture.ts';
import { claimsOf, keyPair, publishedKey } from '../support/tokens.fixture.ts';
import { toyDependencies, toyHandler } from '../support/toy-shop.fixture.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { memoryStore } from './memory-store.ts';

/**
 * What the pipeline itself costs, without the store: with a token that it remembers, with one that it meets first; and
 * what the bundles consist of.
 */

const organization = 1_001;
const warmUp = 5_000;
const rounds = 20_000;
const inTurn = 50;

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Microseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) * 1_000;
}

/** A handler over a store in memory that holds one toy, which it gets. */
async function shop(store: Store, owner: string): Promise<(token: string) => Promise<void>> {
  const { dependencies } = toyDependencies(store, { RATE_LIMIT_SCALE: '1000' });
  const handler = toyHandler({
    ...dependencies,
    log: {
      request: () => undefined,
      note: () => undefined,
      fault: (error) => {
        throw error;
      },
    },
  });
  const request = (route: string, token: string, more: Parameters<typeof eventOf>[1]) =>
    eventOf(route, { ...more, headers: { accept: 'application/json', authorization: `Bearer ${token}` } });
  const made = await handler(
    request('PUT /toys/{id}', owner, { params: { id: 'new' }, body: { name: 'Bench' } }),
    {} as Context,
  );
  const {
    data: { id },
  } = JSON.parse(made.body ?? '') as { readonly data: { readonly id: string } };
  return async (token) => {
    const { statusCode } = await handler(request('GET /toys/{id}', token, { params: { id } }), {} as Context);
    if (statusCode !== 200) throw new Error(`GET /toys/{id} answers ${statusCode}`);
  };
}

/** Unseen tokens of one session, and the minimal code that verifies them. */
async function freshTokens(store: Store, of: string, count: number) {
  const pair = await keyPair('key-of-bench');
  await commit(store, 0, [overwrite(signingKeyRow, publishedKey(pair, 2))]);
  const { sub = '', sid } = decodeJwt<{ sid: string }>(of);
  const sign = (at: number): Promise<string> =>
    new SignJWT({ ...claimsOf(organization, sub, sid), jti: `jti_${at}` })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: pair.kid })
      .sign(pair.privateKey);
  const publicKey = await importJWK({ ...pair.jwk, alg: 'ES256' });
  return {
    tokens: await Promise.all(Array.from({ length: count }, (_, at) => sign(at))),
    verify: (token: string) =>
      jwtVerify(token, () => publicKey, {
        algorithms: ['ES256'],
        typ: 'JWT',
        issuer,
        audience: tokenAudience,
        clockTolerance: 30,
        currentDate: noon,
      }),
  };
}

async function pipelineFigures(): Promise<Figure[]> {
  const store = memoryStore();
  const owner = await (await tenantsIn(store)).join(organization);
  // Before the first request, which reads the published keys for some minutes.
  const { tokens, verify } = await freshTokens(store, owner, 4_000);
  const get = await shop(store, owner);
  for (let at = 0; at < warmUp; at += 1) await get(owner);
  const remembered: number[] = [];
  for (let at = 0; at < rounds; at += 1) remembered.push(await timed(() => get(owner)));
  // Unseen tokens; the same ones for both, some dozens at a time: neither begins in the caches, nor on
  // the sleepy processor, that the other has left.
  const first: number[] = [];
  const bare: number[] = [];
  for (let at = 0; at < tokens.length; at += inTurn) {
    const some = tokens.slice(at, at + inTurn);
    for (const token of some) bare.push(await timed(() => verify(token)));
    for (const token of some) first.push(await timed(() => get(token)));
  }
  return [
    {
      what: 'pipeline without store calls, remembered token, p50',
      measured: median(remembered),
      unit: 'µs',
      must: { atMostYardsticks: 0.53 },
    },
    { what: 'bare jwtVerify (ES256), p50', measured: median(bare), unit: 'µs' },
    {
      what: 'pipeline that verifies, over bare jwtVerify, p50',
      measured: median(first) - median(bare),
      unit: 'µs',
      must: { atMostYardsticks: 0.6 },
    },
  ];
}

/** Every bundle, largest first, with its largest inputs. */
const bundleFigures = async (): Promise<Figure[]> =>
  bundleContents(readMetafile(await bundledFunctions()))
    .toSorted((one, other) => other.bytes - one.bytes)
    .map((content) => {
      const inputs = largestOrigins(content, 6).map(([origin, bytes]) => `${origin} ${Math.round(bytes / 1_024)}`);
      return { what: `bundle of ${content.name} (${inputs.join(', ')})`, measured: content.bytes / 1_024, unit: 'KiB' };
    });

const benchmark: Benchmark = async () => [...(await pipelineFigures()), ...(await bundleFigures())];

export default benchmark;
