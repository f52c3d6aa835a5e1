import { describe, expect, test } from 'vitest';
import { secretHash } from '../schema/secret-hash.ts';
import { deviceSecrets } from './device-secrets.ts';
import type { SealedFor, Seals } from './seals.ts';

/** Seals that open for the same organization, device and field only. */
const seals: Seals = {
  seal: async (text: string, belongsTo: SealedFor) => JSON.stringify([text, belongsTo]),
  open: async (sealed: string, belongsTo: SealedFor) => {
    const [text, owner] = JSON.parse(sealed) as [string, SealedFor];
    if (JSON.stringify(owner) !== JSON.stringify(belongsTo)) throw new Error('sealed for another owner');
    return text;
  },
};
const secrets = deviceSecrets(seals, 1001, 'dev_1');
const others = deviceSecrets(seals, 1001, 'dev_2');

describe('the secrets of a device', () => {
  test('have a hash that belongs to the sealed URL secret', async () => {
    const { hash, sealed } = await secrets.newUrlSecret();
    expect(secretHash(await secrets.openUrlSecret(sealed))).toBe(hash);
  });

  test('have SIP passwords of 32 characters for one user name', async () => {
    const { password, sealed } = await secrets.newSipPassword('a1');
    expect(password).toHaveLength(32);
    expect(await secrets.openSipPassword(sealed, 'a1')).toBe(password);
    await expect(secrets.openSipPassword(sealed, 'b2')).rejects.toThrow('another owner');
  });

  test('open for the device and field that they are sealed for', async () => {
    const sealed = await secrets.sealAdminPassword('secret');
    expect(await secrets.openAdminPassword(sealed)).toBe('secret');
    await expect(others.openAdminPassword(sealed)).rejects.toThrow('another owner');
    await expect(secrets.openUrlSecret(sealed)).rejects.toThrow('another owner');
  });
});
