import { records, rotatesSecret, writes } from '../../../shared/contract/effects.ts';
import { scheduled } from '../../../shared/contract/resource.ts';

/** Rotates the signing key every 90 days; a new key is published before it signs (`../README.md`, "Signing keys"). */
export const signingKeyRotation = scheduled('signing-key-rotation', {
  area: 'auth',
  everyMinutes: 60,
  effects: [rotatesSecret('signing-keys'), writes('signingkey'), records('auth.key.rotated')],
  timeout: 30,
});
