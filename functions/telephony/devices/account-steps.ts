import { sipDomainsOf, type Domain, type SipDomains } from '#schema/domain.ts';
import { accountLines, type AccountLine, type Device } from '#schema/device.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import type { Seals } from '#secrets/seals.ts';
import { newAccount, rotateAccount, rotationEnd, type SipAccountItem } from '../rows/sip-account.ts';
import { ha1Of } from '#telephony/ha1.ts';

/** What SIP accounts of an organization are made of. */
export type AccountTools = {
  readonly seals: Seals;
  readonly organization: number;
  readonly sipDomains: SipDomains;
};

/** @param platform the SIP domain of the platform */
export const accountTools = (
  organization: number,
  domains: readonly Domain[],
  { seals, platform }: { readonly seals: Seals; readonly platform: string },
): AccountTools => ({ seals, organization, sipDomains: sipDomainsOf(domains, platform) });

/** A SIP account with a new password, for all realms of its organization. */
export async function createAccount(
  line: AccountLine,
  device: Device,
  { seals, organization, sipDomains: { domain, realms } }: AccountTools,
): Promise<SipAccountItem> {
  const { sip_username: username } = line;
  const { password, sealed } = await deviceSecrets(seals, organization, device.id).newSipPassword(username);
  const ha1 = realms.map((realm) => ha1Of({ username, realm, password }));
  return newAccount(line, device, { organization, domain, password: sealed, ha1 });
}

type Reading = {
  readonly read: (lines: readonly AccountLine[]) => Promise<readonly (SipAccountItem | undefined)[]>;
  readonly now: Date;
};

/** Accounts of new lines, and, if they rotate, the others with new passwords. */
export async function accountsAfter(
  before: Device,
  after: Device,
  rotates: boolean,
  { read, now, ...tools }: AccountTools & Reading,
) {
  const known = new Set(accountLines(before.lines).map((line) => line.sip_username));
  const lines = Map.groupBy(accountLines(after.lines), (line) => known.has(line.sip_username));
  const make = (line: AccountLine): Promise<SipAccountItem> => createAccount(line, after, tools);
  const added = await Promise.all((lines.get(false) ?? []).map(make));
  const rotating = rotates ? (lines.get(true) ?? []) : [];
  const present = rotates ? await read(rotating) : [];
  const rotated = rotating.map(async (line, at) => rotateAccount(present[at], await make(line), rotationEnd(now)));
  return { added, rotated: await Promise.all(rotated) };
}
