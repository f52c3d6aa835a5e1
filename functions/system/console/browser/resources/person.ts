import { t } from '../texts/texts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';

/** People as a person reads them. */

/** A user or a service account. */
export type Person = AnswerOf<'get', '/users'>['data'][number];

/** What the built-in roles are called. */
export const roleNames: Readonly<Record<string, string>> = {
  admin: t('Administrator'),
  manager: t('Manager'),
  billing: t('Accounting'),
  agent: t('Employee'),
  viewer: t('Reader'),
  ingest: t('Call import'),
  reseller: t('Reseller'),
  operator: t('Operator'),
};

/** The roles that are offered in an organization. Who sells has those of sellers, too. */
export const rolesFor = (held: readonly string[]): readonly string[] => [
  ...['agent', 'manager', 'billing', 'viewer', 'admin'],
  ...['reseller', 'operator'].filter((role) => held.includes(role)),
];

/** Roles as words. */
export const roleText = (roles: readonly string[]): string =>
  roles.length === 0 ? '–' : roles.map((role) => roleNames[role] ?? role).join(', ');

export type State = { readonly text: string; readonly color: string };

/** Whether a person may sign in. @param now Unix milliseconds */
export function stateOf(
  { type, status, invitation }: Pick<Person, 'type' | 'status' | 'invitation'>,
  now: number,
): State {
  if (status === 'disabled') return { text: t('Locked'), color: 'red' };
  if (status === 'active') return { text: type === 'service' ? t('Program') : t('Active'), color: 'green' };
  if (invitation === null) return { text: t('Not invited'), color: 'gray' };
  return Date.parse(invitation.expires_at) > now
    ? { text: t('Invited'), color: 'cyan' }
    : { text: t('Invitation expired'), color: 'yellow' };
}

/** The path of a user. */
export const pathOf = (id: string): string => `/users/${encodeURIComponent(id)}`;
