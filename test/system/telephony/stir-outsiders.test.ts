import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { newPassportKey } from '#stir/passport-key.ts';
import { signCall } from '#stir/signing.ts';
import { verifyIdentity } from '#stir/verification.ts';
import { needs } from '#test/support/tools.ts';

/** `secsipidx` verifies what is signed here, and signs what is verified here. Kamailio's `secsipid` is its library. */

needs('secsipidx');

const run = promisify(execFile);
const key = newPassportKey();
const x5u = 'https://cert.example.org/1.pem';
const origid = '123e4567-e89b-12d3-a456-426655440000';
const folder = mkdtempSync(join(tmpdir(), 'trunkline-stir-'));

const fileOf = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

/** Whether secsipidx accepts an `Identity` header. */
async function isAccepted(identity: string): Promise<boolean> {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  const files = [await fileOf('identity', identity), await fileOf('public.pem', publicKey)];
  const options = ['-check', '-fidentity', files[0] ?? '', '-fpubkey', files[1] ?? '', '-expire', '60'];
  return run('secsipidx', options).then(
    ({ stdout }) => stdout.trim() === 'ok',
    () => false,
  );
}

test('secsipidx verifies a call that is signed here, and rejects a changed one', async () => {
  const parties = { orig: '+12155551212', dest: '+12155551213' };
  const identity = signCall({ signer: { key, x5u }, attestation: 'A', origid, now: Date.now(), ...parties }) ?? '';
  const [head = '', payload = ''] = identity.split('.');
  const changed = Buffer.from(payload, 'base64url').toString().replace('12155551212', '12155551299');
  expect(await isAccepted(identity)).toBe(true);
  const other = Buffer.from(changed).toString('base64url');
  expect(await isAccepted(identity.replace(`${head}.${payload}`, `${head}.${other}`))).toBe(false);
});

test('a call that secsipidx signs passes', async () => {
  const path = await fileOf('key.pem', key.export({ type: 'pkcs8', format: 'pem' }).toString());
  const parties = ['-orig-tn', '12155551212', '-dest-tn', '12155551213', '-attest', 'B', '-orig-id', origid];
  const { stdout } = await run('secsipidx', ['-sign', ...parties, '-x5u', x5u, '-k', path]);
  const call = { orig: '+12155551212', dest: '+12155551213', now: Date.now() };
  const certificateOf = async () => ({ key: createPublicKey(key), covers: () => true, until: Infinity });
  const identities = [`${stdout.trim()};info=<${x5u}>;alg=ES256;ppt="shaken"`];
  expect(await verifyIdentity({ identities, certificateOf, ...call })).toMatchObject({
    ...{ verstat: 'TN-Validation-Passed', attestation: 'B', origid },
  });
  expect(await verifyIdentity({ identities, certificateOf, ...call, orig: '+12155551299' })).toMatchObject({
    verstat: 'TN-Validation-Failed',
  });
});
