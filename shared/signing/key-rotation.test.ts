import { createLocalJWKSet, decodeProtectedHeader, importJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { issuer, manualClock } from '#test/support/dependencies.fixture.ts';
import { addOrganization } from '#test/support/accounts.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { signingKeyRow, type SigningKeyItem } from '../dynamodb/rows/user.ts';
import { tableFor } from '../dynamodb/table.ts';
import { tokenVerifier } from './token.ts';
import { rotationOf } from './rotation.fixture.ts';
import { tokenKeys } from './key-use.ts';
import { tokenSigner } from './signing-keys.ts';

const running = testStore();
beforeAll(async () => {
  await addOrganization(running.store, 1000);
});

const clock = manualClock('2026-01-01T00:00:00.000Z');
const secrets = memorySecrets();
const rotate = rotationOf({ store: () => running.store, secrets, use: tokenKeys, now: clock.now });
const keys = async (): Promise<SigningKeyItem[]> => [
  ...(
    await tableFor<'signingkey'>(running.store, 0).query<'signingkey', SigningKeyItem, object>(
      signingKeyRow,
      {},
      { order: 'asc' },
    )
  ).items,
];
const rotations = async () =>
  (await eventsOf(running.store, 1000)).filter(({ type }) => type === 'auth.key.rotated').length;
const claims = () => ({
  user: 'usr_1',
  organization: 1001,
  scopes: [],
  session: 'ses_1',
  tokenId: 'jti_1',
  expiresAt: clock.now().getTime() / 1_000 + 7 * 86_400,
});

test('a key is published before it signs, and verifies as long as its tokens are valid', async () => {
  const sign = tokenSigner(running.store, secrets, issuer);
  const verify = tokenVerifier(running.store, issuer);
  const verifies = async (token: string): Promise<boolean> =>
    verify(token, clock.now()).then(
      () => true,
      () => false,
    );
  const kidOf = (token: string) => decodeProtectedHeader(token).kid;

  expect(await rotate(false)).toBeUndefined();
  const first = await sign(claims(), clock.now());
  clock.advance(3_600);
  // Concurrent runs make one key.
  await Promise.all([rotate(false), rotate(false), rotate(false)]);
  const [one, two] = await keys();
  expect([kidOf(first), (await keys()).length, two?.active_from]).toEqual([one?.kid, 2, '2026-04-01T00:00:00.000Z']);

  clock.advance(3_600);
  expect((await Promise.all([rotate(true), rotate(true)])).map((key) => key?.kid)).toContain(two?.kid);
  clock.advance(6 * 60);
  const second = await sign(claims(), clock.now());
  expect([kidOf(second), await verifies(first), await verifies(second), await rotations()]).toEqual([
    two?.kid,
    true,
    true,
    1,
  ]);
  expect(
    (
      await jwtVerify(second, createLocalJWKSet({ keys: (await keys()).map(({ kid, jwk }) => ({ ...jwk, kid })) }), {
        currentDate: clock.now(),
      })
    ).payload.sub,
  ).toBe('usr_1');

  clock.advance(8 * 86_400);
  expect((await keys()).map(({ generation, retired_at: retired }) => [generation, retired === undefined])).toEqual([
    [1, false],
    [2, true],
    [3, true],
  ]);
  // A stolen private key of the first generation signs no valid tokens any more.
  const { kid, jwk } = JSON.parse(await secrets.read('signing-keys', 'signing-key-generation-000000000001')) as {
    kid: string;
    jwk: JWK;
  };
  const late = await new SignJWT({ org: 'org_1001', sid: 'ses_1' })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid })
    .setIssuer(issuer)
    .setAudience('platform-api')
    .setSubject('usr_1')
    .setJti('jti_1')
    .setIssuedAt(clock.now())
    .setExpirationTime('1h')
    .sign(await importJWK(jwk, 'ES256'));
  expect([await verifies(late), await verifies(await sign(claims(), clock.now()))]).toEqual([false, true]);
});

test('after 90 days the next key signs by itself, and another one is published', async () => {
  const before = await keys();
  clock.advance(90 * 86_400);
  expect(decodeProtectedHeader(await tokenSigner(running.store, secrets, issuer)(claims(), clock.now())).kid).toBe(
    before.at(-1)?.kid,
  );
  await rotate(false);
  expect([(await keys()).length, await rotations()]).toEqual([before.length + 1, 2]);
});
