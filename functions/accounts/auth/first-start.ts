import { operatorOrganization } from '../organizations/organization.ts';
import { newProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { newUser } from '../users/user.ts';
import { foldedUsername } from './log-in.ts';
import { weakness } from './password.ts';

/** What there is before anybody has made anything: the operator and its administrator (auth.md, "First start"). */

type Environment = Readonly<Record<string, string | undefined>>;

export type FirstAdministrator = {
  readonly username: string;
  readonly password: string;
  /** Nobody chose the password, or it is too weak to stay. */
  readonly mustChange: boolean;
};

export const operatorNumber = 1000;

/** The administrator whose password the environment gives, if it does. */
export function administratorFrom(environment: Environment): FirstAdministrator | undefined {
  const password = environment['ADMIN_PASSWORD'];
  if (password === undefined || password === '') return undefined;
  const username = administratorName(environment);
  return { username, password, mustChange: weakness(password, [username, operatorName(environment)]) !== null };
}

export const administratorName = (environment: Environment): string =>
  foldedUsername(environment['ADMIN_USERNAME'] ?? 'admin');

const operatorName = (environment: Environment): string => environment['OPERATOR_NAME'] ?? 'Operator';

type FirstStamp = {
  readonly userId: string;
  readonly profileId: string;
  readonly pageKey: string;
  /** ISO 8601. */
  readonly now: string;
};

/** Organization 1000, its billing profile and its first user. */
export function operatorFrom(
  environment: Environment,
  { username, mustChange }: FirstAdministrator,
  { userId, profileId, pageKey, now }: FirstStamp,
) {
  const organization = operatorOrganization({
    number: operatorNumber,
    pageKey,
    now,
    name: operatorName(environment),
    country: environment['OPERATOR_COUNTRY'] ?? 'US',
  });
  return {
    organization,
    profile: newProfile({
      id: profileId,
      organization: operatorNumber,
      billingName: organization.name,
      currency: 'USD',
      now,
    }),
    user: newUser({
      id: userId,
      username,
      email: null,
      first_name: null,
      last_name: null,
      roles: ['operator'],
      must_change_password: mustChange,
      now,
    }),
  };
}
