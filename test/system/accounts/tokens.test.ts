import { createPublicKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CompactSign,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
} from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { connect, operatorToken } from '../cloud.ts';
import { json, logInAsOperator, outcome } from '../tenant.fixture.ts';

/** Attacks on tokens (RFC 8725), over HTTP. */

const cloud = connect();
const isLocal = cloud.outputs['AwsEndpointUrl'] !== undefined;
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = Math.floor(Date.now() / 1_000);

let genuine = '';
let kid = '';
let claims: JWTPayload = {};
let published: JWK = {};
let foreign: { privateKey: CryptoKey; jwk: JWK };
/** A server from which a token asks for its key to be fetched. */
let lure: { server: Server; url: string; visits: () => number };

beforeAll(async () => {
  genuine = operatorToken();
  [kid, claims] = [decodeProtectedHeader(genuine).kid ?? '', decodeJwt(genuine)];
  published =
    ((await cloud.api('/.well-known/jwks.json')).body as JSONWebKeySet).keys.find((key) => key.kid === kid) ?? {};
  const pair = await generateKeyPair('ES256', { extractable: true });
  foreign = { privateKey: pair.privateKey, jwk: await exportJWK(pair.publicKey) };
  let visits = 0;
  const server = createServer((_, response) => {
    visits += 1;
    response.end(JSON.stringify({ keys: [{ ...foreign.jwk, kid: 'lure', alg: 'ES256' }] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lure = { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`, visits: () => visits };
});
afterAll(() => void lure.server.close());

const answerTo = async (token: string) => outcome(await cloud.api('/auth/session', { headers: json, token }));
/** Signs any claims, which libraries reject. */
const signedBy = (key: Parameters<CompactSign['sign']>[0], header: object, payload: object = claims): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid, ...header })
    .sign(key, { crit: { 'urn:unknown': true } });
const signed = (header: object): Promise<string> => signedBy(foreign.privateKey, header);
const pem = (): string =>
  createPublicKey({ key: published, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
const hs256 = (secret: string | Buffer) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid }).sign(Buffer.from(secret));

describe('a token', () => {
  const attacks: Readonly<Record<string, () => Promise<string> | string>> = {
    'without algorithm': () => `${encoded({ alg: 'none', typ: 'JWT', kid })}.${encoded(claims)}.`,
    'without algorithm, with the genuine signature': () =>
      `${encoded({ alg: 'None', typ: 'JWT', kid })}.${encoded(claims)}.${genuine.split('.')[2]}`,
    'by HS256 with the public key as PEM': () => hs256(pem()),
    'by HS256 with the public key as JWK': () => hs256(JSON.stringify(published)),
    'with a signature of zeros': () =>
      `${encoded({ alg: 'ES256', typ: 'JWT', kid })}.${encoded(claims)}.${Buffer.alloc(64).toString('base64url')}`,
    'with another content under the genuine signature': () =>
      [genuine.split('.')[0], encoded({ ...claims, org: 'org_1001' }), genuine.split('.')[2]].join('.'),
    'by a foreign key under our name': () => signed({}),
    'by a foreign key under a foreign name': () => signed({ kid: 'foreign' }),
    'under a name that is a path': () => signed({ kid: '../../../../dev/null' }),
    'without name of a key': () => signed({ kid: undefined }),
    'that brings its key (jwk)': () => signed({ jwk: foreign.jwk, kid: undefined }),
    'that says where its key is (jku)': () => signed({ jku: lure.url, kid: 'lure' }),
    'that says where its certificate is (x5u)': () => signed({ x5u: lure.url, kid: 'lure' }),
    'with an extension that must be understood (crit)': () => signed({ crit: ['urn:unknown'], 'urn:unknown': 1 }),
    'whose payload is not encoded (b64)': () =>
      [
        encoded({ alg: 'ES256', typ: 'JWT', kid, b64: false, crit: ['b64'] }),
        encoded(claims),
        genuine.split('.')[2],
      ].join('.'),
    'that is encrypted': () => `${encoded({ alg: 'dir', enc: 'A256GCM' })}..a.b.c`,
    'that is none': () => 'nonsense',
  };
  test.each(Object.entries(attacks))('%s is rejected', async (_, attack) => {
    expect(await answerTo(await attack())).toBe('401 INVALID_TOKEN');
    expect(lure.visits()).toBe(0);
  });
});

const local = z
  .looseObject({ AwsEndpointUrl: z.string(), AccessKeyId: z.string(), SecretAccessKey: z.string(), Region: z.string() })
  .safeParse(cloud.outputs);

// The private key is accessible on this machine only.
describe.skipIf(!local.success)('a token with a genuine signature', () => {
  let key: Awaited<ReturnType<typeof importJWK>>;
  beforeAll(async () => {
    const {
      AwsEndpointUrl: endpoint,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Region: region,
    } = local.data!;
    const { SecretString = '' } = await new SecretsManagerClient({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
    }).send(
      new GetSecretValueCommand({
        SecretId: 'trunkline/local/signing-keys',
        VersionId: 'signing-key-generation-000000000001',
      }),
    );
    const stored = z
      .object({ kid: z.string(), jwk: z.looseObject({ kty: z.string() }) })
      .parse(JSON.parse(SecretString));
    expect(stored.kid).toBe(kid);
    key = await importJWK(stored.jwk, 'ES256');
  });
  const ours = (change: object, header: object = {}): Promise<string> =>
    signedBy(key, header, { ...claims, ...change });

  test('is accepted with valid claims', async () => {
    expect(await answerTo(await ours({}))).toBe('200');
  });

  test.each<[string, object, object?]>([
    ['of another issuer', { iss: 'https://attacker.example' }],
    ['for another audience', { aud: 'another-api' }],
    ['of another type', {}, { typ: 'at+jwt' }],
    ['without type', {}, { typ: undefined }],
    ['without end', { exp: undefined }],
    ['after its end', { iat: seconds - 7_200, exp: seconds - 3_600 }],
    ['before its beginning', { nbf: seconds + 3_600 }],
    ['without session', { sid: undefined }],
    ['of a missing session', { sid: 'ses_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A' }],
    ["of another user's session", { sub: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A' }],
    ['of another organization', { org: 'org_1001' }],
    ['of no organization', { org: 1000 }],
  ])('%s is rejected', async (_, change, header) => {
    expect(await answerTo(await ours(change, header))).toBe('401 INVALID_TOKEN');
  });
});

describe('the place of a credential', () => {
  test('a session token counts in the header only, and the header precedes the query', async () => {
    const answers = await Promise.all([
      cloud.api(`/auth/session?accesskey=${genuine}`, { headers: json }),
      cloud.api('/auth/session', { headers: json }),
      cloud.api('/auth/session?accesskey=nonsense', { headers: json, token: genuine }),
      cloud.api('/auth/session', { headers: { ...json, authorization: `Basic ${genuine}` } }),
    ]);
    expect(answers.map(outcome)).toEqual(['401 INVALID_TOKEN', '401 UNAUTHENTICATED', '200', '401 INVALID_TOKEN']);
    expect(answers.map(({ headers }) => headers.get('www-authenticate'))).toEqual(['Bearer', 'Bearer', null, 'Bearer']);
  });
});

test.skipIf(!isLocal)(
  'after a rotation the next key is published before its first use, and tokens remain valid',
  async () => {
    const kids = async () =>
      ((await cloud.api('/.well-known/jwks.json')).body as JSONWebKeySet).keys.map((each) => each.kid ?? '');
    const rotate = () =>
      execFileSync(process.execPath, ['bin/rotate-signing-key.ts', process.env['OUTPUTS'] ?? '']).toString();
    const before = await kids();
    const printedLine = /^The key (\S+) signs from (\S+) on/.exec(rotate());
    const [, next = '', from = ''] = printedLine ?? [];
    // A new key is published for 10 minutes before its first use; a second rotation changes nothing.
    expect([await kids(), rotate().slice(0, 13), Date.parse(from) - Date.now() > 9 * 60_000]).toEqual([
      [next, ...before],
      'Nothing to do',
      true,
    ]);
    expect(await answerTo(genuine)).toBe('200');
    expect(decodeProtectedHeader(await logInAsOperator(cloud)).kid).toBe(kid);
  },
);
