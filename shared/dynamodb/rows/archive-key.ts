import { platformRow } from '../row.ts';
import type { SigningKeyItem } from './user.ts';

/**
 * `archivekey#platform`: the public keys that sign manifests of archives, and never tokens. They stay for ever, as a
 * manifest is verified as long as its archive exists. The private key is in the secret `archive-keys`.
 */
export const archiveKeyRow = platformRow<'archivekey', SigningKeyItem, { generation: number }>('archivekey', {
  unsharded: 'one key in 90 days, cached by every process',
  sort: ({ generation }) => String(generation).padStart(6, '0'),
});
