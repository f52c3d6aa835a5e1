import { randomHex, randomPassword, randomSecret } from '../credentials/random.ts';
import { secretHash } from '../schema/secret-hash.ts';
import type { SealedFor, Seals } from './seals.ts';

/** Secrets of devices, as items store them: sealed for the organization, the device and a field. */

const sipPasswordLength = 32;
const sipUsernameBytes = 11;

/** A SIP user name: 22 hex digits, unique on the platform. */
export const newSipUsername = (): string => randomHex(sipUsernameBytes);

/** The secret of a provisioning URL: its hash checks a request, the sealed form is opened for answers. */
export type UrlSecret = { readonly hash: string; readonly sealed: string };

const provisioningSecret = (organization: number, id: string): SealedFor => ({
  organization,
  id,
  field: 'provisioning_secret',
});
/** The password of the phone's own pages. */
const adminPasswordSecret = (organization: number, id: string): SealedFor => ({
  organization,
  id,
  field: 'admin_password',
});
/** The password of a line's SIP account. */
const sipPasswordSecret = (organization: number, id: string, sipUsername: string): SealedFor => ({
  organization,
  id,
  field: `sip_password/${sipUsername}`,
});

/** Makes, seals and opens the secrets of one device. */
export const deviceSecrets = ({ seal, open }: Seals, organization: number, id: string) => ({
  newUrlSecret: async (): Promise<UrlSecret> => {
    const secret = randomSecret();
    return { hash: secretHash(secret), sealed: await seal(secret, provisioningSecret(organization, id)) };
  },
  openUrlSecret: (sealed: string): Promise<string> => open(sealed, provisioningSecret(organization, id)),
  sealAdminPassword: (password: string): Promise<string> => seal(password, adminPasswordSecret(organization, id)),
  openAdminPassword: (sealed: string): Promise<string> => open(sealed, adminPasswordSecret(organization, id)),
  newSipPassword: async (sipUsername: string): Promise<{ readonly password: string; readonly sealed: string }> => {
    const password = randomPassword(sipPasswordLength);
    return { password, sealed: await seal(password, sipPasswordSecret(organization, id, sipUsername)) };
  },
  openSipPassword: (sealed: string, sipUsername: string): Promise<string> =>
    open(sealed, sipPasswordSecret(organization, id, sipUsername)),
});
