import { second } from '#schema/time.ts';
import { isoTime } from '../schema/session.ts';

/** Session tokens: what they claim, and how a log-in answers them (functions/accounts/auth/README.md, "Log-in"). */

type Session<Scope extends string> = {
  readonly id: string;
  readonly user_id: string;
  readonly scopes: readonly Scope[];
  /** Unix seconds. */
  readonly expires_at: number;
};

/** What the signed token says of a session. */
export const tokenClaims = <Scope extends string>(session: Session<Scope>, organization: number, tokenId: string) => ({
  user: session.user_id,
  organization,
  scopes: session.scopes,
  session: session.id,
  tokenId,
  expiresAt: session.expires_at,
});

type OpenedSession = {
  readonly token: string;
  readonly session: { /** Unix seconds. */ readonly expires_at: number };
  readonly account: { readonly user: { readonly id: string }; readonly organization: { readonly org_id: number } };
  readonly mustChangePassword: boolean;
};

/** The answer to a person's log-in. */
export const presentUserToken = ({ token, session, account, mustChangePassword }: OpenedSession) => ({
  token,
  expires_at: isoTime(session.expires_at),
  token_type: 'Bearer' as const,
  entity: { id: account.user.id, type: 'user' as const, org_id: account.organization.org_id },
  password_change_required: mustChangePassword,
});

type ServiceLogIn = {
  readonly token: string;
  /** Unix seconds. */
  readonly expiresAt: number;
  readonly scopes: readonly string[];
  readonly clientId: string;
  readonly name: string;
  readonly now: Date;
};

/** The answer to a service account's log-in (the fields of RFC 6749 §5.1, scopes separated by commas). */
export const presentServiceToken = ({ token, expiresAt, scopes, clientId, name, now }: ServiceLogIn) => ({
  access_token: token,
  token_type: 'Bearer' as const,
  expires_in: expiresAt - Math.floor(now.getTime() / second),
  scope: scopes.join(','),
  service: { client_id: clientId, name },
});
