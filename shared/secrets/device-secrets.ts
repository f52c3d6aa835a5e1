import type { SealedFor } from './seals.ts';

/** What the sealed secrets of a device belong to. */

/** Of its provisioning URL. */
export const provisioningSecret = (organization: number, id: string): SealedFor => ({
  organization,
  id,
  field: 'provisioning_secret',
});
/** Of the phone's own pages. */
export const adminPasswordSecret = (organization: number, id: string): SealedFor => ({
  organization,
  id,
  field: 'admin_password',
});
/** Of a line's SIP account. */
export const sipPasswordSecret = (organization: number, id: string, sipUsername: string): SealedFor => ({
  organization,
  id,
  field: `sip_password/${sipUsername}`,
});
