import * as z from 'zod';
import { records, writes } from '../../shared/contract/effects.ts';
import { endpoint } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import { IdInUrl, Timestamp } from '../../shared/schema/values.ts';
import { PasswordChange } from './password-change.ts';

const ChangedPassword = z.object({ id: z.string(), password_changed_at: Timestamp, sessions_terminated: z.int() });
const ChangedSecret = z.object({ id: z.string(), client_secret: z.string(), previous_valid_until: Timestamp.nullable() });

export const postPassword = endpoint('POST /users/{id}/password', {
  summary: 'Change a password, or a service account\'s secret',
  description: 'One\'s own: `current_password`, `new_password`. Another\'s (users:write): `new_password`, `must_change`. A service account\'s (users:write): `overlap_seconds`.',
  scope: 'any',
  params: { id: IdInUrl },
  body: PasswordChange,
  answers: { 200: z.union([ChangedPassword, ChangedSecret]) },
  errors: ['USER_SESSION_REQUIRED', 'INVALID_CURRENT_PASSWORD', 'ACCOUNT_LOCKED', 'CANNOT_MANAGE_USER', 'WEAK_PASSWORD', 'PASSWORD_REUSED'],
  effects: [
    writes('user'), writes('credential'), writes('session'), writes('lockout'),
    records('user.password_changed'), records('user.secret_rotated'), records('auth.login_failed'), records('auth.locked'),
  ],
  cacheControl: 'no-store',
  answersSecret: true,
  whilePasswordExpired: true,
});

/** A password is hashed at the speed of one whole processor, which a Lambda has from 1,769 MiB on. */
const wholeProcessor = 1_769;

export const users = resource('users', { area: 'users', face: 'standard', memory: wholeProcessor, endpoints: [postPassword] });
