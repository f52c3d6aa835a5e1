import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { isSigningKey, signAssertion } from './private-key.ts';

const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits });
const long = rsa(2_048);
const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;

test('an RSA key of 2,048 bits signs, in PKCS #8 and PKCS #1', () => {
  expect(isSigningKey(long.privateKey.export(pkcs8).toString())).toBe(true);
  expect(isSigningKey(long.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString())).toBe(true);
});

test.for([
  ['a short key', rsa(1_024).privateKey.export(pkcs8).toString()],
  ['a key of another kind', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pkcs8).toString()],
  ['a public key', long.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ['a key with a passphrase', long.privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'x' }).toString()],
  ['no key', 'secret'],
] as const)('%s does not sign', ([, pem]) => {
  expect(isSigningKey(pem)).toBe(false);
});

test('an assertion has its claims and verifies with the public key', async () => {
  const claims = {
    issuer: 'client',
    subject: 'anna',
    audience: 'https://crm.example.com',
    issued: 1_000,
    expires: 1_180,
  };
  const signed = await signAssertion(claims, long.privateKey.export(pkcs8).toString());
  const { payload } = await jwtVerify(signed, long.publicKey, { currentDate: new Date(1_100_000) });
  expect(payload).toEqual({ iss: 'client', sub: 'anna', aud: 'https://crm.example.com', iat: 1_000, exp: 1_180 });
});
