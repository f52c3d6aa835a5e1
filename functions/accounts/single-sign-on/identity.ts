import { AppError } from '#errors.ts';
import { Email } from '#schema/values.ts';
import type { ChangedForeignId, ForeignId } from '../foreign-ids/foreign-id.ts';
import { newUser } from '../users/user.ts';
import { isUsername } from '../schema/username.ts';
import { singleSignOnErrors } from './errors.ts';
import type { SetUp } from './set-up.ts';

/** Who logs in by Salesforce, and the user of the platform that this is. */

const idForm = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;
const shortLength = 15;
const checkCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The check character of five characters: which of them are capital letters. */
const checkOf = (five: string): string =>
  checkCharacters.charAt(Array.from(five).reduce((bits, each, at) => bits + (/[A-Z]/.test(each) ? 2 ** at : 0), 0));

/** A Salesforce id of 15 characters with the three that make its case redundant; one of 18 as it is. */
export const longId = (id: string): string =>
  id.length === shortLength ? id + [id.slice(0, 5), id.slice(5, 10), id.slice(10)].map(checkOf).join('') : id;

/** The values under which foreign ids may be stored: compared exactly, in both forms. */
export const storedForms = (id: string): readonly [string, string] => [id, id.slice(0, shortLength)];

const invalidIdentity = (): AppError =>
  new AppError(singleSignOnErrors.INVALID_ID_TOKEN, 'The ID token names no Salesforce user');

type Claims = { readonly sub: string; readonly [name: string]: unknown };

/**
 * The Salesforce user of an ID token: the last part of the identity URL in `sub` (`…/id/<organization>/<user>`), or
 * `sub` itself. @throws AppError INVALID_ID_TOKEN
 */
export function salesforceUserOf({ sub }: Claims): string {
  const id = sub.split('/').at(-1) ?? '';
  if (!idForm.test(id)) throw invalidIdentity();
  return longId(id);
}

export type Profile = {
  /** In its stored form; undefined: none, or not verified. */
  readonly email: string | undefined;
  readonly firstName: string | null;
  readonly lastName: string | null;
};

const nameIn = (value: unknown): string | null => {
  const name =
    typeof value === 'string'
      ? value
          .normalize('NFC')
          .replaceAll(/\p{Cc}/gu, '')
          .trim()
      : '';
  return name === '' ? null : name.slice(0, 100);
};

/**
 * Whether the provider vouches for the address (OpenID Connect Core 1.0 §5.1: `email_verified` is a boolean). Some
 * providers send a text, which only a set-up takes that says so.
 */
const isVerified = (claim: unknown, { email_verified_as_text: takesText = false }: Verification): boolean =>
  claim === true || (takesText && claim === 'true');

type Verification = Pick<SetUp, 'email_verified_as_text'>;

/**
 * What is known of a person; only a verified address counts. It is as the provider says it, in the stored form.
 * @param claims of the UserInfo endpoint
 */
export function profileOf(claims: { readonly [name: string]: unknown }, setUp: Verification): Profile {
  const email = isVerified(claims['email_verified'], setUp) ? Email.safeParse(claims['email']).data : undefined;
  return { email, firstName: nameIn(claims['given_name']), lastName: nameIn(claims['family_name']) };
}

/** One answer for a person who is no user, and one whom the set-up does not let in. */
export const notPermitted = (): AppError =>
  new AppError(singleSignOnErrors.SSO_USER_NOT_PERMITTED, 'This Salesforce user may not log in here');

type Linked = { readonly user: string; readonly id: string; readonly now: string };

/** The foreign id that links a user. @throws AppError SSO_USER_NOT_PERMITTED if it is linked to another person */
export function linkOf(stored: ForeignId | undefined, { user, id, now }: Linked): ChangedForeignId {
  if (stored !== undefined) throw notPermitted();
  return {
    before: undefined,
    after: { user_id: user, type: 'salesforce', value: id, created_at: now, updated_at: now, version: 1 },
  };
}

type Made = { readonly id: string; readonly now: string };

/** A new user, named by its verified address. @throws AppError SSO_USER_NOT_PERMITTED without one */
export function newPerson({ email, firstName, lastName }: Profile, { default_role: role }: SetUp, { id, now }: Made) {
  if (email === undefined || !isUsername(email)) throw notPermitted();
  const names = { first_name: firstName, last_name: lastName };
  const made = newUser({ id, username: email, email, ...names, roles: [role], must_change_password: false, now });
  // It has no password.
  return { ...made, password_changed_at: null };
}

const userEntity = (id: string) => ({ type: 'user', id });

/** The audit event of a link. */
export const linkedEvent = (user: { readonly id: string; readonly username: string }, salesforceId: string) => ({
  entity: userEntity(user.id),
  description: `${user.username} linked to a Salesforce user`,
  fields: { salesforce_user_id: salesforceId },
});

/** The audit event of a new user. */
export const createdEvent = <U extends { readonly id: string; readonly username: string }>(user: U) => ({
  entity: userEntity(user.id),
  description: `User ${user.username} created at its first log-in by Salesforce`,
  after: user,
});
