import * as z from 'zod';
import { AppError, invalid } from '#errors.ts';
import { isWithinHours, weekdays, type Hours } from '#schema/hours.ts';
import { Network } from '#schema/ip-address.ts';
import type { UserAccess } from '#schema/user-access.ts';
import { TimeZone } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { changeAccount } from '../users/account.ts';
import { userStatuses, type StoredAccount } from '../users/account-answer.ts';

/** Which ways an account has into the platform, and its limits (functions/accounts/README.md, "Client access"). */

export const accessLevels = ['standard', 'admin', 'restricted'] as const;
export type AccessLevel = (typeof accessLevels)[number];

/** State of an account. */
export const Status = z.enum(userStatuses);

const defaultDeviceLimit = 5;
const defaultMaxSessions = 5;
const maxRoles = 10;

const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:30');

const HourWindow = z
  .object({
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .max(7)
      .refine((days) => new Set(days).size === days.length, 'names a day twice')
      .describe('Days on which the window begins'),
    start: TimeOfDay.describe('First minute of the window, `HH:MM`'),
    end: z
      .union([TimeOfDay, z.literal('24:00')], 'must be a time of day such as 18:00, or 24:00')
      .describe('Minute at which the window ends, up to `24:00`; before `start` it is on the next day'),
  })
  .refine((window) => window.start !== window.end, { path: ['end'], message: 'must differ from start' });

const Windows = z.array(HourWindow).min(1).max(14).describe('Up to 14 windows');
const zone = TimeZone.describe('Time zone of the windows (IANA)');

/** Hours as answered. */
export const TimeRestrictions = z.object({ timezone: zone, windows: Windows }).meta({ id: 'TimeRestrictions' });

/** Ways to use the platform. */
export const WaysIn = z.object({
  webPortal: z.boolean().describe('Whether log-ins with `client` web are allowed'),
  mobileApp: z.boolean().describe('Whether log-ins with `client` mobile are allowed'),
  apiAccess: z.boolean().describe('Whether access keys, and temporary tokens made with them, are accepted'),
  softphone: z.boolean().describe('Whether phone lines can be made, and softphones and phone lines may register'),
});

/** Body of PUT and POST; objects merge by key, and null restores a default. */
export const AccessChange = z
  .object({
    status: Status.describe('State; anything but `active` ends all sessions, and access keys are rejected'),
    accessLevel: z
      .enum(accessLevels)
      .describe(
        '`admin` adds the role admin. `standard` removes it, and gives agent if no role or only viewer is left. ' +
          '`restricted` leaves only viewer. The level that the account has changes nothing',
      ),
    permissions: WaysIn.partial().describe('Ways to use the platform'),
    restrictions: z
      .object({
        ipWhitelist: z
          .array(Network)
          .max(50)
          .nullable()
          .describe(
            'Up to 50 CIDR blocks for log-ins and requests, besides those of the organization; empty: any address',
          ),
        timeRestrictions: z
          .object({ timezone: zone, windows: Windows })
          .partial()
          .nullable()
          .describe("Hours for log-ins and requests. Default time zone: the user's, else the organization's"),
        deviceLimit: z
          .int()
          .min(1)
          .max(100)
          .nullable()
          .describe('Largest number of devices and live phone lines together. Those that exist stay. Default: 5'),
      })
      .partial()
      .describe('Limits of log-ins, requests and devices'),
    sessions: z
      .object({
        maxSessions: z.int().min(1).max(50).nullable().describe('Largest number of live sessions. Default: 5'),
      })
      .partial()
      .describe('Sessions'),
    security: z
      .object({
        resetTwoFactor: z
          .boolean()
          .describe(
            '`true` removes the second factor, its recovery codes and a set-up of one, and ends all sessions and ' +
              'pending log-ins',
          ),
        unlock: z.boolean().describe('`true` lifts the lock-out'),
      })
      .partial()
      .describe('Actions; not stored'),
  })
  .partial()
  .meta({ id: 'ClientAccessChange' });
export type AccessChange = z.output<typeof AccessChange>;

/** Flags and limits of a user as stored. */
export type StoredAccess = { readonly access: UserAccess };

/** The same with their defaults. */
export const accessOf = (access: StoredAccess['access']) => ({
  webPortal: access.web_portal,
  mobileApp: access.mobile_app,
  apiAccess: access.api_access,
  softphone: access.softphone,
  maxSessions: access.max_sessions,
  deviceLimit: access.device_limit ?? defaultDeviceLimit,
  ipWhitelist: access.ip_whitelist ?? [],
  hours: access.hours ?? null,
});

const administrators: readonly string[] = ['operator', 'reseller', 'admin'];

/** The level that roles give. @param roles all, those of groups included */
export function levelOf(roles: readonly string[]): AccessLevel {
  if (roles.some((role) => administrators.includes(role))) return 'admin';
  return roles.length > 0 && roles.every((role) => role === 'viewer') ? 'restricted' : 'standard';
}

/** The roles of an account that is set to a level. @throws AppError VALIDATION_FAILED if it has 10 others already */
export function rolesAtLevel(roles: readonly string[], level: AccessLevel, type: 'user' | 'service'): string[] {
  switch (level) {
    case 'restricted':
      return ['viewer'];
    case 'admin': {
      if (!roles.includes('admin') && roles.length >= maxRoles)
        throw invalid('accessLevel', `needs the role admin, and the user has ${maxRoles} roles already`);
      return [...new Set([...roles, 'admin'])];
    }
    case 'standard': {
      const kept = roles.filter((role) => role !== 'admin');
      return type === 'user' && kept.every((role) => role === 'viewer') ? [...kept, 'agent'] : kept;
    }
  }
}

type Wanted<T> = T | null | undefined;

/** An absent field stays, null restores the default. */
const limited = <T>(wanted: Wanted<T>, current: T, standard: T): T =>
  wanted === undefined ? current : (wanted ?? standard);

type Clocks = {
  /** The time zone of hours that name none (IANA). */
  readonly timezone: string;
};

/** Hours after a change. @throws AppError VALIDATION_FAILED without windows */
function changedHours(
  wanted: Wanted<{ timezone?: string | undefined; windows?: Hours['windows'] | undefined }>,
  current: Hours | null,
  { timezone }: Clocks,
): Hours | null {
  if (wanted === undefined) return current;
  if (wanted === null) return null;
  const windows = wanted.windows ?? current?.windows;
  if (windows === undefined) throw invalid('restrictions.timeRestrictions.windows', 'is required');
  return { timezone: wanted.timezone ?? current?.timezone ?? timezone, windows };
}

/** Flags and limits after a change. @throws AppError VALIDATION_FAILED */
export function changeAccess(access: StoredAccess['access'], wanted: AccessChange, clocks: Clocks) {
  const { permissions = {}, restrictions = {}, sessions = {} } = wanted;
  const current = accessOf(access);
  const hours = changedHours(restrictions.timeRestrictions, current.hours, clocks);
  const addresses = limited(restrictions.ipWhitelist, current.ipWhitelist, []);
  return {
    web_portal: permissions.webPortal ?? current.webPortal,
    mobile_app: permissions.mobileApp ?? current.mobileApp,
    api_access: permissions.apiAccess ?? current.apiAccess,
    softphone: permissions.softphone ?? current.softphone,
    max_sessions: limited(sessions.maxSessions, current.maxSessions, defaultMaxSessions),
    device_limit: limited(restrictions.deviceLimit, current.deviceLimit, defaultDeviceLimit),
    ...(addresses.length === 0 ? {} : { ip_whitelist: addresses }),
    ...(hours === null ? {} : { hours }),
  };
}

type Stored = StoredAccount & StoredAccess;

/**
 * A change without the state and the level that the account has: who sends back what it was shown changes neither.
 * @param roles all, those of groups included
 */
export function withoutShown(
  { status, accessLevel, ...wanted }: AccessChange,
  shown: { readonly status: (typeof userStatuses)[number]; readonly roles: readonly string[] },
): AccessChange {
  return {
    ...wanted,
    ...(status === undefined || status === shown.status ? {} : { status }),
    ...(accessLevel === undefined || accessLevel === levelOf(shown.roles) ? {} : { accessLevel }),
  };
}

/** Whether a change concerns stored settings, not only actions. */
export const changesSettings = ({ status, accessLevel, permissions, restrictions, sessions }: AccessChange): boolean =>
  [status, accessLevel, permissions, restrictions, sessions].some((part) => part !== undefined);

/** The actions among a change. */
export const actionsOf = ({ security = {} }: AccessChange) => ({
  resets: security.resetTwoFactor === true,
  unlocks: security.unlock === true,
});

/** Whether a change concerns the stored account: its settings or its second factor. */
export const changesAccount = (wanted: AccessChange): boolean => changesSettings(wanted) || actionsOf(wanted).resets;

/** An account after a change. `now`: ISO 8601. @throws AppError VALIDATION_FAILED */
export function changeClient<U extends Stored>(user: U, wanted: AccessChange, clocks: Clocks & { now: string }): U {
  const { status, accessLevel: level } = wanted;
  const after = changeAccount(
    user,
    {
      ...(status === undefined ? {} : { status }),
      ...(level === undefined ? {} : { roles: rolesAtLevel(user.roles, level, user.type) }),
    },
    clocks.now,
  );
  return {
    ...after,
    access: changeAccess(user.access, wanted, clocks),
    ...(actionsOf(wanted).resets ? { two_factor_enabled: false } : {}),
  };
}

/** The account after its access was revoked. @param now ISO 8601 */
export const revokeAccess = <U extends Stored>(user: U, now: string): U =>
  changeAccount(user, { status: 'disabled' }, now);

/**
 * A caller cannot change its own state and level, nor remove its own second factor without a code of it.
 * @throws AppError OWN_ACCOUNT
 */
export function assertNotOwn(isOwn: boolean, wanted: AccessChange): void {
  if (!isOwn) return;
  const { status, accessLevel } = wanted;
  if (status !== undefined || accessLevel !== undefined)
    throw new AppError(
      accountsErrors.OWN_ACCOUNT,
      'Your own status and access level must be changed by another administrator',
    );
  if (actionsOf(wanted).resets)
    throw new AppError(accountsErrors.OWN_ACCOUNT, 'Remove your own second factor by DELETE /auth/twofactor');
}

/** @throws AppError OWN_ACCOUNT */
export function assertNotOwnAccess(isOwn: boolean): void {
  if (isOwn) throw new AppError(accountsErrors.OWN_ACCOUNT, 'Another administrator must revoke your own access');
}

type Here = {
  readonly now: Date;
  /** Whether the address of the request is in a list. */ readonly isWithin: (list: readonly string[]) => boolean;
};

/** Rejects own limits that the request itself is outside of. @throws AppError WOULD_LOCK_OUT */
export function assertNotLockedOut({ access }: StoredAccess, { now, isWithin }: Here): void {
  const { ip_whitelist: list = [], hours } = access;
  const path =
    list.length > 0 && !isWithin(list) ? 'ipWhitelist' : isWithinHours(hours, now) ? undefined : 'timeRestrictions';
  if (path === undefined) return;
  throw new AppError(accountsErrors.WOULD_LOCK_OUT, `restrictions.${path} would lock you out`, {
    details: [{ path: `restrictions.${path}`, message: 'does not allow this request' }],
  });
}
