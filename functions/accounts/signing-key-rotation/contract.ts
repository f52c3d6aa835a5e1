import { records, rotatesSecret, writes } from '#contract/effects.ts';
import { scheduled } from '#contract/resource.ts';

/** Rotates keys that sign tokens and archives, every 90 days (functions/accounts/auth/README.md, "Signing keys"). */
export const signingKeyRotation = scheduled('signing-key-rotation', {
  area: 'auth',
  everyMinutes: 60,
  effects: [
    rotatesSecret('signing-keys'),
    writes('signingkey'),
    records('auth.key.rotated'),
    rotatesSecret('archive-keys'),
    writes('archivekey'),
    records('archiving.key.rotated'),
  ],
  timeout: 30,
});
