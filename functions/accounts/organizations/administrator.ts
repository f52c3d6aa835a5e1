import * as z from 'zod';
import type { AppError } from '#errors.ts';
import { Email, text } from '#schema/values.ts';
import { weakPassword } from '../schema/password.ts';
import { foldUsername, isUsername, usernameForm } from '../schema/username.ts';
import { newUser, type User } from '../users/user.ts';

/** The first user of a new organization: its administrator (functions/accounts/README.md, "Organizations"). */

const Username = z.string().transform(foldUsername).refine(isUsername, `must have ${usernameForm}`);

export const FirstAdministrator = z.object({
  username: Username.describe(`Username, unique on the platform; ${usernameForm}`),
  email: Email.nullish().describe('E-mail address'),
  first_name: text(100).nullish().describe('First name, up to 100 characters'),
  last_name: text(100).nullish().describe('Last name, up to 100 characters'),
  password: z
    .string()
    .max(1_024)
    .nullish()
    .describe('Password, 12–256 characters. Default: a generated one, which must be changed at the first log-in'),
});
type FirstAdministrator = z.output<typeof FirstAdministrator>;

type Stamp = {
  readonly id: string;
  /** ISO 8601. */
  readonly now: string;
  /** Whether the password was generated, so that it must be changed. */
  readonly generated: boolean;
};

/** The administrator as it is first stored. */
export const newAdministrator = (
  wanted: FirstAdministrator,
  { type }: { readonly type: 'operator' | 'reseller' | 'customer' },
  { id, now, generated }: Stamp,
): User =>
  newUser({
    id,
    now,
    username: wanted.username,
    email: wanted.email ?? null,
    first_name: wanted.first_name ?? null,
    last_name: wanted.last_name ?? null,
    roles: [type === 'reseller' ? 'reseller' : 'admin'],
    must_change_password: generated,
  });

/** WEAK_PASSWORD for the requested password; null for a good one, and where it is to be generated. */
export const weakAdministratorPassword = async (
  { password, username, email }: FirstAdministrator,
  organizationName: string,
): Promise<AppError | null> =>
  typeof password === 'string'
    ? weakPassword(password, [username, email ?? null, organizationName], 'admin.password')
    : null;
