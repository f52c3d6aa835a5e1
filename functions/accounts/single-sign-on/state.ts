import { AppError } from '#errors.ts';
import { second } from '#schema/time.ts';
import { singleSignOnErrors } from './errors.ts';

/** A log-in that has been sent to Salesforce and waits for its code. */

/** Seconds. */
export const stateTtl = 300;

export type WaitingState = {
  /** SHA-256 (hex) of organization and state. */
  readonly hash: string;
  readonly redirect_uri: string;
  readonly nonce: string;
  /** The secret of PKCE (RFC 7636 §4.1). */
  readonly code_verifier: string;
  /** The provider and the client that it was begun with: a code goes to no other. */
  readonly login_url: string;
  readonly client_id: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

/** What is hashed: states of organizations are apart, so that none can use up those of another. */
export const stateText = (organization: number, state: string): string => `${organization}\n${state}`;

export const stateEnd = (now: Date): number => Math.floor(now.getTime() / second) + stateTtl;

const isLive = ({ expires_at: end }: Pick<WaitingState, 'expires_at'>, now: Date): boolean =>
  end > now.getTime() / second;

/** @throws AppError STATE_IN_USE while another log-in has the state */
export function assertFree(found: WaitingState | undefined, now: Date): void {
  if (found !== undefined && isLive(found, now))
    throw new AppError(singleSignOnErrors.STATE_IN_USE, 'Another log-in has this state; choose a random one for each');
}

/** One error for an unknown state, a used one, and one that was begun otherwise. */
export const mismatch = (): AppError =>
  new AppError(singleSignOnErrors.STATE_MISMATCH, 'The state is unknown, used or expired');

type Asked = Pick<WaitingState, 'redirect_uri' | 'login_url' | 'client_id'> & {
  /** That came with the code, against mix-ups of providers (RFC 9207); undefined: none did. */
  readonly issuer: string | undefined;
};

/** The log-in that waits with a state. @throws AppError STATE_MISMATCH */
export function matchingState(found: WaitingState | undefined, asked: Asked, now: Date): WaitingState {
  if (found === undefined || !isLive(found, now)) throw mismatch();
  const isSame =
    found.redirect_uri === asked.redirect_uri &&
    found.login_url === asked.login_url &&
    found.client_id === asked.client_id &&
    (asked.issuer === undefined || asked.issuer === found.login_url);
  if (!isSame) throw mismatch();
  return found;
}
