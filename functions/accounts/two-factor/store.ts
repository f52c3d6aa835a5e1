import type { Lockouts } from '../schema/lockout.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { challengeRow, type ChallengeItem } from '#dynamodb/rows/challenge.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import {
  credentialRow,
  sessionRow,
  userRow,
  type CredentialItem,
  type SessionItem,
  type TotpItem,
  type TotpSetupItem,
  type UserItem,
} from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, inOrganization, remove, replace, type Write } from '#dynamodb/write.ts';
import { omit } from '#schema/omit.ts';
import { nameLockoutRow, networkLockoutRow } from '../rows/lockout.ts';
import { newSessionWrites, type NewSession } from '../rows/new-session.ts';
import type { twoFactor } from './contract.ts';

type OwnTable = Table<ReadName<EffectOf<typeof twoFactor>>>;

/** One user's second factor. @param table of the user's organization @param platform rows of no organization */
export const twoFactorStore = (table: OwnTable, platform: OwnTable) => ({
  user: (id: string) => table.get(userRow, { id }),
  organization: () => table.get(organizationRow, {}),
  credential: (id: string) => table.get(credentialRow, { user_id: id }),
  challenge: (hash: string) => platform.get(challengeRow, { hash }),
  lockouts: async (place: { readonly username: string; readonly network: string }): Promise<Lockouts> => {
    const [name, network] = await Promise.all([
      platform.get(nameLockoutRow, place),
      platform.get(networkLockoutRow, place),
    ]);
    return { name, network };
  },
  /** All sessions of a user, dead ones that still exist included. */
  sessions: (id: string): Promise<SessionItem[]> =>
    readToEnd((after) => table.query<'session', SessionItem, { user_id: string }>(sessionRow, { user_id: id }, after)),
});

/** Saves the secrets of a user, unless they changed since they were read. */
const save = (user: string, read: CredentialItem | undefined, after: Partial<CredentialItem>): Write<'credential'> =>
  read === undefined
    ? create(credentialRow, { previous_passwords: [], ...after, user_id: user, version: 1 })
    : replace(credentialRow, { ...read, ...after, version: read.version + 1 }, read);

/** Saves a set-up in place of an earlier one. */
export const setUpWrites = (
  { organization, user }: { readonly organization: number; readonly user: string },
  read: CredentialItem | undefined,
  setUp: TotpSetupItem,
): Write<'credential'>[] => inOrganization(organization, [save(user, read, { totp_setup: setUp })]);

const ofEpoch = ({ session_epoch: epoch, version }: UserItem) => ({
  expression: '#version = :version AND #epoch = :epoch',
  names: { '#version': 'version', '#epoch': 'session_epoch' },
  values: { ':version': version, ':epoch': epoch },
});

type Enabled = { readonly user: UserItem; readonly credential: CredentialItem; readonly totp: TotpItem };

const confirmed = ({ credential, totp }: Enabled): Write<'credential'> =>
  replace(
    credentialRow,
    { ...omit(credential, 'totp_setup'), totp, version: credential.version + 1 },
    { version: credential.version },
  );

/** Switches the second factor on. All sessions end but the one that confirmed it, which moves into the next epoch. */
export const enableWrites = (
  organization: number,
  enabled: Enabled & { readonly session: string },
): Write<'user' | 'credential' | 'session'>[] => {
  const { user, totp, session } = enabled;
  return inOrganization(organization, [
    change(userRow, user, {
      set: { two_factor_enabled: true, updated_at: totp.enabled_at },
      add: { version: 1, session_epoch: 1 },
      onlyIf: ofEpoch(user),
    }),
    confirmed(enabled),
    change(
      sessionRow,
      { user_id: user.id, id: session },
      { set: { session_epoch: user.session_epoch + 1 }, onlyIf: { expression: 'attribute_exists(PK)' } },
    ),
  ]);
};

/** Switches it on at a log-in that required it: the log-in is complete. */
export const enableAtLogInWrites = (
  organization: number,
  enabled: Enabled & { readonly challenge: ChallengeItem; readonly opened: NewSession },
): Write<'user' | 'credential' | 'session' | 'challenge'>[] => {
  const { user, totp, challenge, opened } = enabled;
  return [
    ...newSessionWrites({ user, organization: { org_id: organization } }, opened, {
      set: { two_factor_enabled: true, updated_at: totp.enabled_at },
      add: { version: 1, session_epoch: 1 },
    }),
    ...inOrganization(organization, [confirmed(enabled)]),
    remove(challengeRow, challenge, challenge),
  ];
};

/** Switches it off. */
export const disableWrites = (
  organization: number,
  user: UserItem,
  credential: CredentialItem,
  now: Date,
): Write<'user' | 'credential'>[] =>
  inOrganization(organization, [
    change(userRow, user, {
      set: { two_factor_enabled: false, updated_at: now.toISOString() },
      add: { version: 1 },
      onlyIf: ofEpoch(user),
    }),
    replace(
      credentialRow,
      { ...omit(credential, 'totp', 'totp_setup'), version: credential.version + 1 },
      { version: credential.version },
    ),
  ]);
