import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** Keys that sign PASSporTs: P-256, for ES256 (RFC 8225 §4). */
export type PassportKey = KeyObject;

/** Whether a key is one of ES256. */
export const isPassportKey = (key: KeyObject): boolean =>
  key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';

/** A new private key. */
export const newPassportKey = (): PassportKey => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Reads a private key in PEM. @returns undefined if it is none, of another kind, or has a passphrase */
export function readPassportKey(pem: string): PassportKey | undefined {
  try {
    const key = createPrivateKey(pem);
    return isPassportKey(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

/** PKCS#8 in PEM, which is to be sealed. */
export const privatePem = (key: PassportKey): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** SPKI in PEM. @param key private or public */
export const publicPem = (key: KeyObject): string =>
  (key.type === 'public' ? key : createPublicKey(key)).export({ type: 'spki', format: 'pem' }).toString();
