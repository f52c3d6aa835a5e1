import { decodeProtectedHeader, flattenedVerify, importJWK } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { issuer, manualClock } from '#test/support/dependencies.fixture.ts';
import { addOrganization } from '#test/support/accounts.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '../dynamodb/commit.ts';
import { signingKeyRow } from '../dynamodb/rows/user.ts';
import { overwrite } from '../dynamodb/write.ts';
import { tokenVerifier } from './token.ts';
import { archiveSigner } from './archive-signer.ts';
import { signsUntil } from './key-lifecycle.ts';
import { rotationOf } from './rotation.fixture.ts';
import { archiveKeys, tokenKeys } from './key-use.ts';
import { readSigningKeys, tokenSigner } from './signing-keys.ts';

const running = testStore();
beforeAll(async () => {
  await addOrganization(running.store, 1000);
});

const clock = manualClock('2026-01-01T00:00:00.000Z');
const secrets = memorySecrets();
const rotate = rotationOf({ store: () => running.store, secrets, use: archiveKeys, now: clock.now });
const claims = () => ({
  ...{ user: 'usr_1', organization: 1001, scopes: [], session: 'ses_1', tokenId: 'jti_1' },
  expiresAt: clock.now().getTime() / 1_000 + 3_600,
});

test('no token is a signature of a manifest, and no signature of a manifest a token', async () => {
  const sign = archiveSigner(running.store, secrets);
  const token = await tokenSigner(running.store, secrets, issuer)(claims(), clock.now());
  await sign('{}', clock.now());
  const [key] = await readSigningKeys(running.store, archiveKeys);
  const [tokenKey] = await readSigningKeys(running.store, tokenKeys);
  if (key === undefined || tokenKey === undefined) throw new Error('both uses have a key');
  expect(key.kid).not.toBe(tokenKey.kid);

  // Even if the key were published as a token key, and the manifest had the claims of a token.
  await commit(running.store, 0, [overwrite(signingKeyRow, { ...key, generation: 9 })]);
  const payload = token.split('.')[1] ?? '';
  const signed = await sign(Buffer.from(payload, 'base64url').toString(), clock.now());
  const forged = signed.replace('..', `.${payload}.`);
  const publicKey = await importJWK(key.jwk, 'ES256');
  const [forgedHeader = '', , forgedSignature = ''] = forged.split('.');
  await flattenedVerify({ protected: forgedHeader, payload, signature: forgedSignature }, publicKey);
  const verify = tokenVerifier(running.store, issuer);
  await expect(verify(forged, clock.now())).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  expect((await verify(token, clock.now())).user).toBe('usr_1');
  expect(decodeProtectedHeader(signed).typ).toBe('archive-manifest+jws');
});

test('a retired key stays published, with the time in which it signed', async () => {
  const sign = archiveSigner(running.store, secrets);
  const kidAt = async () => decodeProtectedHeader(await sign('{}', clock.now())).kid;
  const before = await kidAt();
  await rotate(false);
  await rotate(true);
  clock.advance(11 * 60);
  await rotate(false);
  expect(await kidAt()).not.toBe(before);
  clock.advance(400 * 86_400);
  const [first, second] = await readSigningKeys(running.store, archiveKeys);
  expect([first?.kid, first === undefined ? '' : signsUntil(first)]).toEqual([before, '2026-01-01T00:20:00.000Z']);
  expect(second === undefined ? '' : signsUntil(second)).toBeNull();
});
