import { records, rotatesSecret, writes } from '../../../shared/contract/effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/** Rotates the key that signs tokens, every 90 days (functions/accounts/README.md, "Signing keys"). */
export const signingKeyRotation = scheduled('signing-key-rotation', {
  area: 'auth',
  everyMinutes: 60,
  effects: [rotatesSecret('signing-keys'), writes('signingkey'), records('auth.key.rotated')],
  timeout: 30,
});
