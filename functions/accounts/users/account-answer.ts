import * as z from 'zod';
import type { Invitation } from '#schema/invitation.ts';
import { omit } from '#schema/omit.ts';
import { organizationText, Timestamp } from '#schema/values.ts';
import { openInvitation } from './invitation.ts';

/** Accounts as answered. */

export const userStatuses = ['active', 'disabled', 'pending'] as const;
export const userTypes = ['user', 'service'] as const;

export const UserInvitation = z
  .object({
    email: z.string().nullable().describe('Address for which it was made; null: the user had none'),
    sent_at: Timestamp.describe('Time of the latest link'),
    expires_at: Timestamp.describe('Time from which the link does not work'),
  })
  .meta({ id: 'UserInvitation' });

export const Account = z
  .object({
    id: z.string().describe('Id'),
    org_id: z.string().describe('Organization'),
    type: z.enum(userTypes).describe('Kind of account'),
    username: z.string().describe('Username, or name of the service account'),
    email: z.string().nullable().describe('E-mail address'),
    first_name: z.string().nullable().describe('First name'),
    last_name: z.string().nullable().describe('Last name'),
    display_name: z.string().describe('Name shown to others'),
    extension: z.string().nullable().describe('Extension'),
    direct_number: z.string().nullable().describe('Direct number (E.164)'),
    mobile: z.string().nullable().describe('Mobile number (E.164)'),
    status: z.enum(userStatuses).describe('State'),
    invitation: UserInvitation.nullable().describe(
      'The link by which a pending person sets the first password; null: not invited',
    ),
    roles: z.array(z.string()).describe('Roles held directly'),
    groups: z.array(z.string()).describe('Ids of its groups'),
    timezone: z.string().describe('Time zone (IANA)'),
    language: z.string().describe('Language (BCP 47)'),
    client_id: z.string().optional().describe('Name by which a service account logs in'),
    two_factor_enabled: z.boolean().describe('Whether it has a second factor'),
    must_change_password: z.boolean().describe('Whether the password must be changed first'),
    password_changed_at: Timestamp.nullable().describe('Time of the last change of the password; null: none is set'),
    last_login_at: Timestamp.nullable().describe('Time of the last log-in'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    version: z.int().describe('Version, which each change increases'),
  })
  .meta({ id: 'User' });
export const CreatedAccount = Account.extend({
  client_secret: z.string().optional().describe('Secret of a service account; shown only once'),
}).meta({ id: 'CreatedUser' });

/** An account as stored. */
export type StoredAccount = Omit<
  z.output<typeof Account>,
  'org_id' | 'timezone' | 'roles' | 'groups' | 'client_id' | 'invitation'
> & {
  readonly invitation?: Invitation | null;
  readonly timezone: string | null;
  readonly roles: readonly string[];
  readonly roles_since?: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  readonly client_id?: string;
};

/** As answered; the default time zone is the organization's. */
export const presentAccount = (
  user: StoredAccount,
  { org_id: number, timezone }: { readonly org_id: number; readonly timezone: string },
): z.input<typeof Account> => ({
  ...omit(user, 'roles_since'),
  invitation: openInvitation(user),
  roles: [...user.roles],
  groups: [...user.groups],
  org_id: organizationText(number),
  timezone: user.timezone ?? timezone,
});
