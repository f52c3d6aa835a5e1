import * as z from 'zod';
import { countFailuresSince } from '../schema/lockout-rules.ts';
import { liveSessions, passwordEnd } from '../schema/session.ts';
import { userStatuses } from '../users/account-answer.ts';
import type { Hours } from '#schema/hours.ts';
import { organizationText, Timestamp } from '#schema/values.ts';
import { accessLevels, accessOf, levelOf, TimeRestrictions, WaysIn, type StoredAccess } from './access.ts';

/** Client access as answered (functions/accounts/README.md, "Client access"). */

const exampleId = 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A';
const exampleTimes = { createdAt: '2026-01-05T09:00:00.000Z', updatedAt: '2026-01-31T12:00:00.000Z' };
const exampleSummary = {
  userId: exampleId,
  orgId: 'org_1001',
  status: 'active' as const,
  accessLevel: 'standard' as const,
  lastLogin: '2026-01-30T08:15:00.000Z',
  twoFactorEnabled: true,
  ipRestrictions: ['192.0.2.0/24'],
  createdAt: exampleTimes.createdAt,
};

export const ClientAccess = z
  .object({
    userId: z.string().describe('Id of the user or service account'),
    orgId: z.string().describe('Organization'),
    userName: z.string().describe('Username, or name of the service account'),
    status: z.enum(userStatuses).describe('State; only an active user logs in'),
    accessLevel: z
      .enum(accessLevels)
      .describe('`admin`: holds admin, reseller or operator; `restricted`: holds only viewer; else `standard`'),
    permissions: WaysIn.describe('Ways to use the platform'),
    security: z
      .object({
        twoFactorEnabled: z.boolean().describe('Whether it has a second factor'),
        twoFactorMethod: z.literal('totp').nullable().describe('Kind of the second factor'),
        passwordLastChanged: Timestamp.nullable().describe('Time of the last change of the password'),
        passwordExpiresAt: Timestamp.nullable().describe('Time at which the password must be changed; null: never'),
      })
      .describe('Second factor and password'),
    restrictions: z
      .object({
        ipWhitelist: z.array(z.string()).describe('CIDR blocks that it is limited to; empty: any address'),
        timeRestrictions: TimeRestrictions.nullable().describe('Hours that it is limited to; null: at any time'),
        deviceLimit: z.int().describe('Largest number of devices and live phone lines'),
      })
      .describe('Limits of log-ins, requests and devices'),
    sessions: z
      .object({
        activeSessions: z.int().describe('Number of live sessions'),
        maxSessions: z.int().describe('Largest number of live sessions; a further log-in ends the oldest'),
      })
      .describe('Sessions'),
    audit: z
      .object({
        lastLogin: Timestamp.nullable().describe('Time of the last log-in'),
        lastLoginIp: z.string().nullable().describe('Address of the last log-in'),
        failedLoginAttempts: z.int().describe('Failed log-ins of the last 15 minutes since the last log-in'),
        createdAt: Timestamp.describe('Time of creation'),
        updatedAt: Timestamp.describe('Time of the last change'),
      })
      .describe('Times of log-ins and changes'),
  })
  .meta({
    id: 'ClientAccess',
    example: {
      userId: exampleId,
      orgId: 'org_1001',
      userName: 'anna.berg',
      status: 'active',
      accessLevel: 'standard',
      permissions: { webPortal: true, mobileApp: true, apiAccess: false, softphone: true },
      security: {
        twoFactorEnabled: true,
        twoFactorMethod: 'totp',
        passwordLastChanged: '2026-01-05T09:00:00.000Z',
        passwordExpiresAt: '2026-04-05T09:00:00.000Z',
      },
      restrictions: {
        ipWhitelist: ['192.0.2.0/24'],
        timeRestrictions: {
          timezone: 'Europe/Berlin',
          windows: [{ days: ['mon', 'tue'], start: '08:00', end: '18:00' }],
        },
        deviceLimit: 5,
      },
      sessions: { activeSessions: 1, maxSessions: 5 },
      audit: {
        lastLogin: '2026-01-30T08:15:00.000Z',
        lastLoginIp: '192.0.2.7',
        failedLoginAttempts: 0,
        ...exampleTimes,
      },
    },
  });

export const ClientAccessSummary = z
  .object({
    userId: z.string().describe('Id of the user or service account'),
    orgId: z.string().describe('Organization'),
    status: z.enum(userStatuses).describe('State'),
    accessLevel: z.enum(accessLevels).describe('Level that its roles give'),
    lastLogin: Timestamp.nullable().describe('Time of the last log-in'),
    twoFactorEnabled: z.boolean().describe('Whether it has a second factor'),
    ipRestrictions: z.array(z.string()).describe('CIDR blocks that it is limited to'),
    createdAt: Timestamp.describe('Time of creation'),
  })
  .meta({ id: 'ClientAccessSummary', example: exampleSummary });

/** One page of accounts. */
export const ClientAccessPage = z
  .object({
    clientAccess: z.array(ClientAccessSummary).describe('Accounts of the page'),
    pagination: z
      .object({
        total: z.int().describe('Number of matches, up to 1,000; with count=true up to 10,000'),
        limit: z.int().describe('Largest number of accounts on the page'),
        offset: z.int().describe('Number of matches before the page'),
        hasMore: z.boolean().describe('Whether more accounts follow; next_page_token continues'),
      })
      .describe('Figures of the page'),
  })
  .meta({
    id: 'ClientAccessPage',
    example: { clientAccess: [exampleSummary], pagination: { total: 1, limit: 50, offset: 0, hasMore: false } },
  });

export const Revocation = z
  .object({
    userId: z.string().describe('Id of the user or service account'),
    status: z.literal('disabled').describe('State of the user'),
    revokedAt: Timestamp.describe('Time of the revocation'),
  })
  .meta({
    id: 'ClientAccessRevocation',
    example: { userId: exampleId, status: 'disabled', revokedAt: '2026-01-31T12:00:00.000Z' },
  });

type Account = StoredAccess & {
  readonly id: string;
  readonly username: string;
  readonly status: (typeof userStatuses)[number];
  readonly two_factor_enabled: boolean;
  /** ISO 8601. */
  readonly password_changed_at: string | null;
  readonly last_login_at: string | null;
  readonly last_login_ip?: string;
  readonly session_epoch: number;
  readonly created_at: string;
  readonly updated_at: string;
};

type Home = { readonly org_id: number; readonly security: { readonly password_rotation_days: number } };

/** What is read besides the account. */
export type Facts = {
  /** Names of all roles, those of groups included. */
  readonly roles: readonly string[];
  readonly sessions: Parameters<typeof liveSessions>[0];
  readonly lockout: Parameters<typeof countFailuresSince>[0];
  readonly now: Date;
};

/** Copies what zod's types want mutable. */
const presentHours = ({ timezone, windows }: Hours) => ({
  timezone,
  windows: windows.map(({ days, start, end }) => ({ days: [...days], start, end })),
});

/** An account's access as answered. */
export function presentAccess(user: Account, home: Home, { roles, sessions, lockout, now }: Facts) {
  const { webPortal, mobileApp, apiAccess, softphone, ...limits } = accessOf(user.access);
  const lastLogIn = user.last_login_at === null ? 0 : Date.parse(user.last_login_at);
  const expires = passwordEnd(user.password_changed_at, home.security.password_rotation_days);
  return {
    userId: user.id,
    orgId: organizationText(home.org_id),
    userName: user.username,
    status: user.status,
    accessLevel: levelOf(roles),
    permissions: { webPortal, mobileApp, apiAccess, softphone },
    security: {
      twoFactorEnabled: user.two_factor_enabled,
      twoFactorMethod: user.two_factor_enabled ? ('totp' as const) : null,
      passwordLastChanged: user.password_changed_at,
      passwordExpiresAt: expires === undefined ? null : new Date(expires).toISOString(),
    },
    restrictions: {
      ipWhitelist: [...limits.ipWhitelist],
      timeRestrictions: limits.hours === null ? null : presentHours(limits.hours),
      deviceLimit: limits.deviceLimit,
    },
    sessions: {
      activeSessions: liveSessions(sessions, { epoch: user.session_epoch, now }).length,
      maxSessions: limits.maxSessions,
    },
    audit: {
      lastLogin: user.last_login_at,
      lastLoginIp: user.last_login_ip ?? null,
      failedLoginAttempts: countFailuresSince(lockout, lastLogIn, now.getTime()),
      createdAt: user.created_at,
      updatedAt: user.updated_at,
    },
  };
}

/** An account in a list. */
export const presentSummary = (user: Account, organization: number, roles: readonly string[]) => ({
  userId: user.id,
  orgId: organizationText(organization),
  status: user.status,
  accessLevel: levelOf(roles),
  lastLogin: user.last_login_at,
  twoFactorEnabled: user.two_factor_enabled,
  ipRestrictions: [...accessOf(user.access).ipWhitelist],
  createdAt: user.created_at,
});
