import type { SecretName } from '#contract/effects.ts';
import type { Secrets } from '#secrets/secrets.ts';

/** Secrets in memory, with the rules of Secrets Manager for versions. */

const missing = (name: string): Error =>
  Object.assign(new Error(`there is no ${name}`), { name: 'ResourceNotFoundException' });

/** @param initial current values by name; the first `putOnce` of a version decides its value */
export function memorySecrets(initial: Partial<Record<SecretName, string>> = {}): Secrets {
  const values = new Map(Object.entries(initial));
  const keyOf = (secret: SecretName, version?: string): string =>
    version === undefined ? secret : `${secret}/${version}`;
  return {
    read: async (secret, version) => {
      const value = values.get(keyOf(secret, version));
      if (value === undefined) throw missing(keyOf(secret, version));
      return value;
    },
    putOnce: async (secret, version, value) => {
      const stored = values.get(keyOf(secret, version)) ?? value;
      values.set(keyOf(secret, version), stored);
      return stored;
    },
  };
}

/** One secret, as its stack creates it, whose newest version is the current one. `versions`: values by version. */
export function rotatedSecret<N extends SecretName>(): Secrets<N> & { readonly versions: Map<string, string> } {
  const versions = new Map([['made', '{"generation":0,"key":"made"}']]);
  return {
    versions,
    read: async (_secret, version) => {
      const value = version === undefined ? [...versions.values()].at(-1) : versions.get(version);
      if (value === undefined) throw missing(version ?? 'version');
      return value;
    },
    putOnce: async (_secret, version, value) => {
      const stored = versions.get(version) ?? value;
      versions.set(version, stored);
      return stored;
    },
  };
}

/** All secrets of a deployment: each as its stack creates it, but the token keys and the administrator's password. */
export function deployedSecrets(): Secrets {
  const made = memorySecrets();
  const rotated = new Map<SecretName, Secrets>();
  const of = (name: SecretName): Secrets => {
    if (name === 'signing-keys' || name === 'operator-admin') return made;
    const secret = rotated.get(name) ?? rotatedSecret<SecretName>();
    rotated.set(name, secret);
    return secret;
  };
  return {
    read: (name, version) => of(name).read(name, version),
    putOnce: (name, version, value) => of(name).putOnce(name, version, value),
  };
}
