import { records, rotatesSecret, writes } from '../../../shared/contract/effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/** Sees to it that session tokens are signed by a new key every 90 days, published before (auth.md, "Keys"). */
export const signingKeyRotation = scheduled('signing-key-rotation', {
  area: 'auth',
  everyMinutes: 60,
  effects: [rotatesSecret('signing-keys'), writes('signingkey'), records('auth.key.rotated')],
  timeout: 30,
});
