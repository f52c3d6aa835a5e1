import type { SecretName } from '../../shared/contract/effects.ts';
import type { Secrets } from '../../shared/secrets/secrets.ts';

/** A secret in memory as it is made, with the rule of versions that the real ones have. `versions`: by name. */
export function keptSecrets<N extends SecretName>(): Secrets<N> & { readonly versions: Map<string, string> } {
  const versions = new Map([['made', '{"generation":0,"key":"made"}']]);
  const missing = Object.assign(new Error('there is no such version'), { name: 'ResourceNotFoundException' });
  return {
    versions,
    read: async (_, version) => {
      const value = version === undefined ? [...versions.values()].at(-1) : versions.get(version);
      if (value === undefined) throw missing;
      return value;
    },
    putOnce: async (_, version, value) => {
      const kept = versions.get(version) ?? value;
      versions.set(version, kept);
      return kept;
    },
  };
}
