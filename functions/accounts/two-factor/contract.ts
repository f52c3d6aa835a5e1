import * as z from 'zod';
import { reads, readsSecret, records, reports, rotatesSecret, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { flag } from '#schema/query.ts';
import { Timestamp } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { BarcodeForm, BarcodeSize, Confirmation, FactorCodes, twoFactorErrors } from './set-up.ts';

/** What all endpoints of second factors have in common. They concern the caller, whichever organization is named. */
const common = {
  scope: 'any',
  sessionOnly: true,
  cacheControl: 'no-store',
} as const;

/** A wrong code is no wrong credential here. */
const wrongCodeStatus = { INVALID_TOTP_CODE: 422 } as const;

const beginning = {
  ...common,
  whileSetUpDue: true,
  writesOnGet: 'second_factor',
  errors: ['USER_SESSION_REQUIRED', 'TWO_FACTOR_ENABLED', 'TWO_FACTOR_SETUP_IN_PROGRESS'],
  actsOn: 'self',
  effects: [reads('user'), writes('credential'), rotatesSecret('sealing-keys')],
} as const;

const restart = flag.optional().describe('`true` begins again with a new secret, also if another session began');

const TwoFactorSecret = z
  .object({
    secret: z.string().describe('Secret in base32 (20 bytes), to be typed into the authenticator app'),
    algorithm: z.literal('SHA1').describe('Hash function'),
    digits: z.literal(6).describe('Digits of a code'),
    period: z.literal(30).describe('Seconds for which a code is shown'),
    issuer: z.string().describe('Name under which the app lists the account'),
    account_name: z.string().describe('E-mail address or username'),
    provisioning_uri: z.string().describe('The same as an `otpauth:` URI, which apps read as a QR code'),
    expires_at: Timestamp.describe('End of the set-up'),
  })
  .meta({ id: 'TwoFactorSecret' });

export const getTwoFactorSecret = endpoint('GET /auth/twofactor/secret', {
  ...beginning,
  id: 'getTwoFactorSecret',
  summary: 'Begin the set-up of a second factor, or repeat its secret',
  description:
    'Needs a session of a person. The set-up lasts 10 minutes and belongs to the session that began it; ' +
    'another session must send `restart=true`.',
  query: { restart },
  answers: { 200: TwoFactorSecret },
});

const TwoFactorBarcode = z
  .object({
    barcode_url: z.string().describe('The image as a `data:` URL'),
    provisioning_uri: z.string().describe('`otpauth:` URI in the QR code'),
    expires_at: Timestamp.describe('End of the set-up'),
  })
  .meta({ id: 'TwoFactorBarcode' });

export const getTwoFactorBarcode = endpoint('GET /auth/twofactor/barcode', {
  ...beginning,
  id: 'getTwoFactorBarcode',
  summary: 'Begin the set-up of a second factor, or repeat it, as a QR code',
  description:
    'Needs a session of a person, as `GET /auth/twofactor/secret`. The answer is an image; with `Accept: ' +
    'application/json` it is the image as a `data:` URL.',
  query: { format: BarcodeForm, size: BarcodeSize, restart },
  answers: { 200: TwoFactorBarcode },
  alsoAnswers: raw(['image/png', 'image/svg+xml']),
});

const EnabledTwoFactor = z
  .object({
    enabled: z.literal(true).describe('The second factor is on'),
    enabled_at: Timestamp.describe('Time of the change'),
    recovery_codes: z.array(z.string()).describe('10 codes in place of the app, each for one use; shown only once'),
    token: z.string().optional().describe('Session token, if the log-in required the set-up'),
    expires_at: Timestamp.optional().describe('End of the token'),
  })
  .meta({ id: 'EnabledTwoFactor' });

export const enableTwoFactor = endpoint('POST /auth/twofactor', {
  ...common,
  whileSetUpDue: true,
  id: 'enableTwoFactor',
  summary: 'Confirm the set-up of a second factor with a code',
  description:
    "Needs the session that began the set-up. Ends the user's other sessions. The answer alone shows the " +
    'recovery codes. A wrong code is 422 and does not count to the lock-out.',
  format: 'standard',
  body: Confirmation,
  answers: { 200: EnabledTwoFactor },
  errors: ['USER_SESSION_REQUIRED', 'TWO_FACTOR_ENABLED', 'NO_PENDING_SETUP', 'INVALID_TOTP_CODE', 'ACCOUNT_LOCKED'],
  errorStatus: wrongCodeStatus,
  actsOn: 'self',
  effects: [
    reads('organization'),
    reads('group'),
    reads('role'),
    writes('user'),
    writes('credential'),
    writes('session'),
    writes('challenge'),
    rotatesSecret('sealing-keys'),
    rotatesSecret('signing-keys'),
    writes('signingkey'),
    records('auth.2fa.enabled'),
    records('auth.login'),
  ],
  answersSecret: true,
});

const DisabledTwoFactor = z
  .object({
    enabled: z.literal(false).describe('The second factor is off'),
    disabled_at: Timestamp.describe('Time of the change'),
  })
  .meta({ id: 'DisabledTwoFactor' });

export const disableTwoFactor = endpoint('DELETE /auth/twofactor', {
  ...common,
  id: 'disableTwoFactor',
  summary: 'Switch the second factor off, with a code',
  description: 'Takes `totp_code` or `recovery_code` as query or body. Wrong codes are 422 and count to the lock-out.',
  format: 'standard',
  query: FactorCodes.shape,
  body: FactorCodes,
  answers: { 200: DisabledTwoFactor },
  errors: [
    'USER_SESSION_REQUIRED',
    'AMBIGUOUS_CREDENTIALS',
    'TWO_FACTOR_REQUIRED_BY_ORG',
    'TWO_FACTOR_NOT_ENABLED',
    'INVALID_TOTP_CODE',
    'ACCOUNT_LOCKED',
  ],
  errorStatus: wrongCodeStatus,
  actsOn: 'self',
  effects: [
    reads('organization'),
    writes('user'),
    writes('credential'),
    writes('lockout'),
    readsSecret('sealing-keys'),
    records('auth.2fa.disabled'),
    records('auth.2fa.recovery_used'),
    records('auth.login_failed'),
    records('auth.locked'),
    reports('user.locked'),
    reports('user.unlocked'),
  ],
});

export const twoFactor = resource('two-factor', {
  area: 'auth',
  format: 'reference',
  errors: { ...twoFactorErrors, ...accountsErrors },
  endpoints: [getTwoFactorSecret, getTwoFactorBarcode, enableTwoFactor, disableTwoFactor],
  examples,
});
