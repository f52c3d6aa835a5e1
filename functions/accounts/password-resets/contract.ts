import * as z from 'zod';
import { reads, records, reports, sends, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { readsRemainingAccess } from '#contract/user-effects.ts';
import { Timestamp } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { RemainingAccess } from '../schema/remaining-access.ts';
import { examples } from './examples.ts';
import { ForgottenPassword, PasswordReset } from './password-reset.ts';

const RequestedReset = z
  .object({
    success: z.literal(true).describe('The request is accepted'),
    message: z.string().describe('The same sentence whether or not the account exists'),
  })
  .meta({
    id: 'RequestedPasswordReset',
    example: { success: true, message: 'If the account exists, an e-mail was sent' },
  });

export const requestPasswordReset = endpoint('POST /auth/password/forgot', {
  id: 'requestPasswordReset',
  summary: 'Ask for an e-mail that lets a user set a new password',
  description:
    'The answer is the same, after the same time, whether or not the account exists. Each active user with the ' +
    'username or the e-mail address gets an e-mail of its own, at most 10. An address may ask 5 times in 15 minutes.',
  scope: 'public',
  rate: 'login',
  body: ForgottenPassword,
  answers: { 202: raw(['application/json'], RequestedReset) },
  errors: [],
  effects: [writes('rate'), sends('jobs')],
  cacheControl: 'no-store',
});

const ChangedPassword = z
  .object({
    username: z.string().describe('Username with which the user logs in'),
    password_changed_at: Timestamp.describe('Time of the change'),
    still_valid: RemainingAccess.describe('What still works without the password'),
  })
  .meta({
    id: 'ChangedByReset',
    example: {
      username: 'ada',
      password_changed_at: '2026-01-31T12:00:00.000Z',
      still_valid: { access_keys: 1, devices: 2, phone_lines: 0 },
    },
  });

export const resetPassword = endpoint('POST /auth/password/reset', {
  id: 'resetPassword',
  summary: 'Set a new password with the token of an e-mail or an invitation',
  description:
    'A token is valid once, for 30 minutes; one of an invitation for 7 days. ' +
    'All sessions of the user end, and so does a lock of the account; the ' +
    'second factor stays on. Access keys, devices and phone lines go on: `still_valid` counts them.',
  scope: 'public',
  rate: 'login',
  body: PasswordReset,
  answers: { 200: ChangedPassword },
  errors: ['INVALID_TOKEN', 'WEAK_PASSWORD', 'PASSWORD_REUSED'],
  actsOn: 'self',
  effects: [
    writes('passwordreset'),
    writes('user'),
    writes('credential'),
    writes('lockout'),
    writes('count'),
    reads('organization'),
    reads('group'),
    reads('role'),
    reads('session'),
    ...readsRemainingAccess,
    records('user.password_changed'),
    reports('user.unlocked'),
  ],
  cacheControl: 'no-store',
  answersSecret: true,
});

/** Hashing a password needs one whole vCPU, which a Lambda has from 1,769 MB on (AWS Lambda, "Configure memory"). */
const oneProcessor = 1_769;

export const passwordResets = resource('password-resets', {
  area: 'auth',
  format: 'standard',
  memory: oneProcessor,
  errors: accountsErrors,
  endpoints: [requestPasswordReset, resetPassword],
  examples,
});
