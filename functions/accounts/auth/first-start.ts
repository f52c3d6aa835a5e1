import * as z from 'zod';
import { weakness } from '#schema/password-rules.ts';
import { organizationText } from '#schema/values.ts';
import { newProfile } from '../../billing/schema/billing-profile.ts';
import { operatorOrganization } from '../organizations/organization.ts';
import { newUser } from '../users/user.ts';
import { foldUsername } from '../schema/username.ts';

/** The operator and its administrator, which the first log-in creates (functions/accounts/auth/README.md, "Log-in"). */

type Environment = Readonly<Record<string, string | undefined>>;

export type FirstAdministrator = {
  readonly username: string;
  /** The password, or the hash that is stored of it. */
  readonly secret: { readonly password: string } | { readonly hash: string };
  /** The password was generated, or is too weak to stay. */
  readonly mustChange: boolean;
};

/** Number of the operator's organization. */
export const operatorNumber = 1000;

/** The administrator whose password the environment sets, if it does. */
export function administratorFromEnvironment(environment: Environment): FirstAdministrator | undefined {
  const password = environment['ADMIN_PASSWORD'];
  if (password === undefined || password === '') return undefined;
  const username = administratorName(environment);
  return {
    username,
    secret: { password },
    mustChange: weakness(password, [username, operatorName(environment)]) !== null,
  };
}

/** Of `npm start`, which stores no password in clear, the secret has a hash. */
const GeneratedSecret = z.union([
  z.object({ password: z.string() }),
  z.object({ password_hash: z.string() }).transform(({ password_hash: hash }) => ({ hash })),
]);

/** The administrator with the password of the generated secret `operator-admin` (JSON). */
export const administratorFromSecret = (environment: Environment, secret: string): FirstAdministrator => ({
  username: administratorName(environment),
  secret: GeneratedSecret.parse(JSON.parse(secret)),
  mustChange: true,
});

const administratorName = (environment: Environment): string => foldUsername(environment['ADMIN_USERNAME'] ?? 'admin');

const operatorName = (environment: Environment): string => environment['OPERATOR_NAME'] ?? 'Operator';

type FirstStamp = {
  readonly userId: string;
  readonly profileId: string;
  /** Key of the page tokens of the operator's callers: 256 random bits. */
  readonly pageKey: string;
  /** ISO 8601. */
  readonly now: string;
};

/** Organization 1000, its billing profile and its first user. */
export function newOperator(
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

/** Audit events of the first start. */
export const operatorEvents = ({ organization, user }: Pick<ReturnType<typeof newOperator>, 'organization' | 'user'>) =>
  [
    {
      type: 'org.created',
      entity: { type: 'org', id: organizationText(organization.org_id) },
      description: 'The operator was created on first start',
      after: organization,
    },
    {
      type: 'user.created',
      entity: { type: 'user', id: user.id },
      description: `User ${user.username} was created on first start`,
      after: user,
    },
  ] as const;
