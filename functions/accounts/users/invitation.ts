import type { Invitation } from '#schema/invitation.ts';
import { AppError, invalid } from '#errors.ts';
import type { Email } from '#schema/email.ts';
import { noticeEmail } from '#schema/notice-email.ts';
import { day } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import type { NewAccount } from './account.ts';
import { userErrors } from './errors.ts';

/** Links by which people set their first password (functions/accounts/auth/README.md, "Invitations"). */

const ttlDays = 7;

type Invitee = {
  readonly status: 'active' | 'disabled' | 'pending';
  readonly email: string | null;
  readonly invitation?: Invitation | null;
};

/** The invitation whose link works until it expires; null: the user has none, or cannot use it any more. */
export const openInvitation = ({ status, email, invitation = null }: Invitee): Invitation | null =>
  status === 'pending' && invitation?.email === email ? invitation : null;

/** The next invitation of a user, which voids the links before it. */
export const newInvitation = ({ email }: Pick<Invitee, 'email'>, id: string, now: Date): Invitation => ({
  id,
  email,
  sent_at: now.toISOString(),
  expires_at: new Date(now.getTime() + ttlDays * day).toISOString(),
});

/** @throws AppError VALIDATION_FAILED for an account that cannot be invited by e-mail */
export function assertInvitable({ type, email, password, status }: NewAccount): void {
  if (type === 'service') throw invalid('invite', 'is for people; service accounts have a secret');
  if (typeof password === 'string') throw invalid('invite', 'excludes password: the link sets it');
  if (status === 'disabled') throw invalid('invite', 'is for users that are not disabled');
  if (typeof email !== 'string') throw invalid('email', 'is where the invitation goes');
}

/** @throws AppError USER_NOT_PENDING for a user that has a password, or is disabled */
export function assertPending({ status }: Pick<Invitee, 'status'>): void {
  if (status === 'pending') return;
  throw new AppError(userErrors.USER_NOT_PENDING, `The user is ${status}; only pending users are invited`);
}

/** @throws AppError VALIDATION_FAILED for a user without an address */
export function addressOf({ email }: Pick<Invitee, 'email'>): string {
  if (email === null) throw invalid('send', 'needs an e-mail address of the user; false answers the link');
  return email;
}

/** The page that sets the password with the token of its fragment, which no browser sends to a server. */
export const invitationLink = (environment: Readonly<Record<string, string | undefined>>, token: string): string =>
  `${environment['PASSWORD_RESET_URL'] ?? `${environment['PUBLIC_URL'] ?? ''}/`}#token=${token}`;

/** Longest name of an organization in an invitation, in UTF-16 units. */
const maxName = 80;

/**
 * The only text of a tenant in an invitation, which may go to anyone. Mail programs make links of host names (RFC 3490
 * §3.1 names the dots) and addresses: a name with one, or one that is long enough for a message, is replaced by the
 * number.
 */
const harmlessName = ({ name, org_id: number }: Inviter): string =>
  name.length <= maxName && !/[/@\p{C}]|\p{L}[.。]\p{L}{2}|\d\.\d/u.test(name.normalize('NFKC'))
    ? name
    : organizationText(number);

type Inviter = { readonly name: string; readonly org_id: number };

type InvitationEmail = {
  /** Id of the e-mail. */
  readonly id: string;
  readonly to: string;
  /** BCP 47. */
  readonly language: string;
  readonly organization: Inviter;
  readonly link: string;
  readonly now: Date;
};

/** In German for people whose language it is, else in English. */
export const invitationEmail = ({ id, to, language, organization, link, now }: InvitationEmail): Email =>
  noticeEmail({
    id,
    to,
    template: new Intl.Locale(language).language === 'de' ? 'user_invitation_de' : 'user_invitation',
    now: now.toISOString(),
    variables: { organization: harmlessName(organization), link, days: ttlDays },
  });

/** The audit event of a link, without its token. @param by how it reaches the person: by e-mail, or by the caller */
export const invitationEvent = (
  { id, username }: { readonly id: string; readonly username: string },
  { email, expires_at }: Invitation,
  by: 'email' | 'link',
) => ({
  entity: { type: 'user', id },
  description: by === 'email' ? `User ${username} invited by e-mail` : `Invitation link of ${username} copied`,
  fields: { by, expires_at, ...(by === 'email' ? { email } : {}) },
});
