import { createPublicKey } from 'node:crypto';
import { CompactSign, generateKeyPair, SignJWT, type CompactJWSHeaderParameters, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { issuer, noon } from '#test/support/dependencies.fixture.ts';
import { claimsOf, keyPair, publishedKey } from '#test/support/tokens.fixture.ts';
import type { Sender, Store } from '../dynamodb/client.ts';
import { toAttributes } from '../dynamodb/row.ts';
import { signingKeyRow } from '../dynamodb/rows/user.ts';
import { tokenVerifier } from './token.ts';

let ours: Awaited<ReturnType<typeof keyPair>>;
let foreign: Awaited<ReturnType<typeof keyPair>>;
beforeAll(async () => {
  [ours, foreign] = await Promise.all([keyPair('ours'), keyPair('foreign')]);
});

/** A store that has only the published keys, and counts its reads. */
function keyStore(published: () => readonly Awaited<ReturnType<typeof keyPair>>[] = () => [ours]): {
  readonly store: Store;
  readonly calls: () => number;
} {
  let calls = 0;
  const client = {
    send: async () => {
      calls += 1;
      return { Items: published().map((pair, at) => toAttributes(signingKeyRow, 0, publishedKey(pair, at + 1))) };
    },
  } as Sender;
  return { store: { client, tableName: 'table' }, calls: () => calls };
}

const verifier = () => tokenVerifier(keyStore().store, issuer);
const at = (seconds: number): Date => new Date(noon.getTime() + seconds * 1_000);
const now = noon.getTime() / 1_000;
const header = (more: Partial<CompactJWSHeaderParameters> = {}): CompactJWSHeaderParameters => ({
  alg: 'ES256',
  typ: 'JWT',
  kid: 'ours',
  ...more,
});
const claims = (more: JWTPayload = {}): JWTPayload => ({ ...claimsOf(1001, 'usr_1', 'ses_1'), ...more });
/** Signs any claims and header, including unknown extensions. */
const sign = (payload: object = claims(), protectedHeader = header(), by = ours): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader(protectedHeader)
    .sign(by.privateKey, { crit: { 'urn:unknown': true } });
const without = (name: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims()).filter(([each]) => each !== name));
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a valid token gives user, organization, session and expiry', async () => {
  expect(await verifier()(await sign(), noon)).toEqual({
    user: 'usr_1',
    organization: 1001,
    session: 'ses_1',
    expiresAt: now + 3_600,
  });
});

test('clocks may differ by 30 seconds', async () => {
  const verify = verifier();
  const token = await sign();
  await expect(verify(token, at(3_600 + 29))).resolves.toBeDefined();
  await expect(verify(token, at(3_600 + 30))).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
});

/** Attacks by tokens, with the section of RFC 8725 that describes them. */
const attacks: Readonly<Record<string, () => Promise<string> | string>> = {
  '§3.1 no algorithm': () => `${encoded({ ...header(), alg: 'none' })}.${encoded(claims())}.`,
  '§3.1 no algorithm, in mixed case': () => `${encoded({ ...header(), alg: 'nOnE' })}.${encoded(claims())}.`,
  '§3.1 HS256 with the public key as its secret': () =>
    new SignJWT(claims()).setProtectedHeader(header({ alg: 'HS256' })).sign(Buffer.from(publicPem())),
  '§3.1 HS256 with the published coordinates as its secret': () =>
    new SignJWT(claims())
      .setProtectedHeader(header({ alg: 'HS256' }))
      .sign(Buffer.from(`${ours.jwk.x}${ours.jwk.y}`, 'base64url')),
  "§3.1 another curve's algorithm": async () =>
    new SignJWT(claims())
      .setProtectedHeader(header({ alg: 'ES384' }))
      .sign((await generateKeyPair('ES384')).privateKey),
  "§3.1 another family's algorithm": async () =>
    new SignJWT(claims())
      .setProtectedHeader(header({ alg: 'EdDSA' }))
      .sign((await generateKeyPair('EdDSA')).privateKey),
  '§3.2 a signature of zeros (CVE-2022-21449)': () =>
    `${encoded(header())}.${encoded(claims())}.${Buffer.alloc(64).toString('base64url')}`,
  '§3.3 other claims under a valid signature': async () => {
    const [head, , signature] = (await sign()).split('.');
    return `${head}.${encoded(claims({ org: 'org_1000' }))}.${signature}`;
  },
  '§3.3 valid claims under another header': async () => {
    const [, content, signature] = (await sign()).split('.');
    return `${encoded(header({ crit: [] }))}.${content}.${signature}`;
  },
  '§3.8 another issuer': () => sign(claims({ iss: 'https://elsewhere.test' })),
  '§3.9 another audience': () => sign(claims({ aud: 'another-api' })),
  '§3.10 an unknown key': () => sign(claims(), header({ kid: 'foreign' }), foreign),
  '§3.10 no kid': () => sign(claims(), { alg: 'ES256', typ: 'JWT' }),
  '§3.10 a kid that is a path or an injection': () =>
    sign(claims(), header({ kid: "../../signing-keys' OR '1'='1" }), foreign),
  '§3.10 a foreign key under a known kid': () => sign(claims(), header(), foreign),
  '§3.10 its own key in the header': () => sign(claims(), header({ jwk: foreign.jwk }), foreign),
  '§3.10 its own key URL in the header': () =>
    sign(claims(), header({ jku: 'https://attacker.test/jwks.json' }), foreign),
  '§3.10 its own certificate in the header': () =>
    sign(claims(), header({ x5u: 'https://attacker.test/x5u' }), foreign),
  '§3.11 another type': () => sign(claims(), header({ typ: 'at+jwt' })),
  '§3.11 no type': () => sign(claims(), { alg: 'ES256', kid: 'ours' }),
  'RFC 7515 §4.1.11 an extension that must be understood': () =>
    sign(claims(), header({ crit: ['urn:unknown'], 'urn:unknown': 1 })),
  'no expiry': () => sign(without('exp')),
  'an expiry in the past': () => sign(claims({ exp: now - 31 })),
  'an expiry that is no number': () => sign({ ...claims(), exp: 'tomorrow' }),
  'claims that are no object': () => sign([claims()]),
  'a start in the future': () => sign(claims({ nbf: now + 60 })),
  'no subject': () => sign(without('sub')),
  'no session': () => sign(without('sid')),
  'no organization': () => sign(without('org')),
  'no id': () => sign(without('jti')),
  'no issue time': () => sign(without('iat')),
  'an organization in another form': () => sign(claims({ org: 1001 })),
  'a malformed organization': () => sign(claims({ org: 'org_1001#x' })),
  nothing: () => '',
  'two parts': () => 'a.b',
  'an encrypted token': () => 'a.b.c.d.e',
  'an access key': () => `key_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A.${'a'.repeat(43)}`,
};

const publicPem = (): string =>
  createPublicKey({ key: ours.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();

describe('a token is rejected that has', () => {
  test.each(Object.keys(attacks))('%s', async (name) => {
    const { store, calls } = keyStore();
    await expect(tokenVerifier(store, issuer)(await attacks[name]!(), noon)).rejects.toMatchObject({
      code: 'INVALID_TOKEN',
      status: 401,
    });
    expect(calls()).toBeLessThanOrEqual(1);
  });
});

describe('the store', () => {
  test('is read for the keys only, once in five minutes, whatever tokens arrive', async () => {
    const { store, calls } = keyStore();
    const verify = tokenVerifier(store, issuer);
    for (const attack of Object.values(attacks)) await verify(await attack(), noon).catch(() => undefined);
    await verify(await sign(), at(299));
    expect(calls()).toBe(1);
    await verify(await sign(claims({ jti: 'jti_2' })), at(301));
    expect(calls()).toBe(2);
  });

  test('is read on every call as long as it has no keys, because the first log-in makes the first key', async () => {
    let published: (typeof ours)[] = [];
    const verify = tokenVerifier(keyStore(() => published).store, issuer);
    await expect(verify(await sign(), noon)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
    published = [ours];
    await expect(verify(await sign(), noon)).resolves.toMatchObject({ user: 'usr_1' });
  });

  test('provides a new key within five minutes, next to the older ones', async () => {
    const published = [ours];
    const verify = tokenVerifier(keyStore(() => published).store, issuer);
    await verify(await sign(), noon);
    published.push(foreign);
    const next = await sign(claims(), header({ kid: 'foreign' }), foreign);
    await expect(verify(next, at(1))).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
    await expect(verify(next, at(301))).resolves.toMatchObject({ user: 'usr_1' });
  });
});

describe('a verified token is cached', () => {
  test('until it expires', async () => {
    const { store } = keyStore();
    const verify = tokenVerifier(store, issuer);
    const token = await sign();
    expect(await verify(token, noon)).toBe(await verify(token, at(1)));
    await expect(verify(token, at(3_631))).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  });

  test('by its full text: with another last letter it is another token', async () => {
    const verify = verifier();
    const token = await sign();
    await verify(token, noon);
    await expect(verify(`${token}A`, noon)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
    await expect(verify(token.slice(0, -4), noon)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  });
});
