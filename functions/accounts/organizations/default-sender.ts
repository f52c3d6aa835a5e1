import { AppError } from '#errors.ts';
import type { NewOrganization } from './organization.ts';

/** The sender of an organization's e-mails that name none (functions/messaging/README.md, "Settings"). */

/** The address that a request makes the default sender; undefined: none. */
export const wantedDefaultSender = ({ settings }: Pick<Partial<NewOrganization>, 'settings'>): string | undefined =>
  settings?.email?.default_from ?? undefined;

/**
 * @param domain the organization's verified domain of the address, if there is one
 * @throws AppError SENDER_NOT_VERIFIED
 */
export function assertDefaultSender(address: string | undefined, domain: object | undefined): void {
  if (address === undefined || domain !== undefined) return;
  const message = 'must be in a domain of the organization that is verified for e-mail';
  throw new AppError('SENDER_NOT_VERIFIED', `settings.email.default_from ${message}`, {
    details: [{ path: 'settings.email.default_from', message }],
  });
}
