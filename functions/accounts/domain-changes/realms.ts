import type { SipDomains } from '#schema/domain.ts';
import type { Device } from '#schema/device.ts';
import { ha1Of } from '#telephony/ha1.ts';
import type { PhoneLine } from '#schema/phone.ts';
import type { Trunk } from '#telephony/trunk.ts';
import { trunksOfRealm } from '../domains/usage.ts';
import { changeTrunk, registrationChange } from '../../telephony/sip-trunks/sip-trunk.ts';

/**
 * The realms of SIP accounts, phone lines and trunks after a change of domains (functions/accounts/README.md, "SIP
 * realms").
 */

type Ha1 = { readonly realm: string; readonly md5: string; readonly sha256: string };

type Account = {
  readonly sip_username: string;
  readonly domain: string;
  readonly ha1: readonly Ha1[];
  readonly version: number;
};

const has = (realms: Iterable<string>, realm: string): boolean =>
  [...realms].some((each) => each.toLowerCase() === realm.toLowerCase());

/** What the domains of an organization ask of its accounts. */
export type Wanted = SipDomains & {
  /** Names of domains that are not active, or were deleted. */
  readonly gone: readonly string[];
};

const isGone = ({ realm }: Pick<Ha1, 'realm'>, { realms, gone }: Wanted): boolean =>
  has(gone, realm) && !has(realms, realm);

const missingRealms = ({ ha1 }: Account, { realms }: Wanted): string[] =>
  realms.filter(
    (realm) =>
      !has(
        ha1.map((each) => each.realm),
        realm,
      ),
  );

/** Whether an account differs from what the domains ask of it. */
export const differs = (account: Account, wanted: Wanted): boolean =>
  account.domain !== wanted.domain ||
  missingRealms(account, wanted).length > 0 ||
  account.ha1.some((each) => isGone(each, wanted));

/**
 * The account with the credentials of all realms. Those of realms that are no domain of the organization stay: a former
 * domain of the platform, for example.
 */
export const withRealms = <A extends Account>(account: A, wanted: Wanted, password: string): A => ({
  ...account,
  domain: wanted.domain,
  ha1: [
    ...account.ha1.filter((each) => !isGone(each, wanted)),
    ...missingRealms(account, wanted).map((realm) => ha1Of({ username: account.sip_username, realm, password })),
  ],
  version: account.version + 1,
});

/** A device whose provisioning file has another domain. @param now ISO 8601 */
export const needsUpdate = (device: Device, now: string): Device => ({
  ...device,
  provisioning_status: 'needs_update',
  config_version: device.config_version + 1,
  updated_at: now,
  version: device.version + 1,
});

type LineAccount = Omit<Account, 'sip_username'> & { readonly other_ha1: readonly Ha1[] };

/**
 * A line and its account in another domain, if its own is gone: the present one if it had that when it was made, else
 * one that it had, as no one knows its password. Undefined if it stays where it is.
 */
export function moveLine<L extends PhoneLine, A extends LineAccount>(
  line: L,
  account: A,
  { domain, realms, gone }: Wanted,
): { readonly line: L; readonly account: A } | undefined {
  if (realms.includes(line.domain) || !gone.includes(line.domain)) return undefined;
  const next = [domain, ...realms].flatMap((realm) => account.other_ha1.filter((each) => each.realm === realm))[0];
  if (next === undefined) return undefined;
  return {
    line: { ...line, domain: next.realm, version: line.version + 1 },
    account: {
      ...account,
      domain: next.realm,
      ha1: [next],
      other_ha1: account.other_ha1.filter((each) => each !== next),
      version: account.version + 1,
    },
  };
}

/** Trunks of a deleted domain that get a realm in a transaction (functions/accounts/domains/README.md, "Deletion"). */
const atOnce = 20;

/** The next trunks that have a realm, before and after they get another one. @param now ISO 8601 */
export const moveTrunks = (trunks: readonly Trunk[], from: string, to: string, now: string) =>
  trunksOfRealm(trunks, from)
    .slice(0, atOnce)
    .map((before) => {
      const requester = { organization: before.org_id, isOperator: true, now };
      const after = changeTrunk(before, { realm: to }, undefined, requester);
      return { before, after, registration: registrationChange(before, after, now) };
    });
