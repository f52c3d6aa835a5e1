import type { SealedPassword } from '../telephony/sip-peer.ts';
import type { Seals } from './seals.ts';

/**
 * Seals a password for the trunk or gateway with this id (`seals.ts`).
 * @param password null and undefined are returned unchanged
 */
export const sealPassword = async (
  { seal }: Pick<Seals, 'seal'>,
  password: string | null | undefined,
  { organization, id }: { readonly organization: number; readonly id: string },
): Promise<SealedPassword> =>
  typeof password === 'string' ? seal(password, { organization, id, field: 'password' }) : password;
