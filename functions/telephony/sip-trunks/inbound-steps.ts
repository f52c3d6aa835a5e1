import type { ReadDomains } from '#dynamodb/rows/domain.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { sipDomainsOf } from '#schema/domain.ts';
import { deviceSecrets, newSipUsername } from '#secrets/device-secrets.ts';
import { sealsFrom, type Seals } from '#secrets/seals.ts';
import type { Secrets } from '#secrets/secrets.ts';
import { platformDomain } from '#sip-domain.ts';
import { ha1Of } from '#telephony/ha1.ts';
import type { TrunkAccountItem } from '../rows/sip-account.ts';
import type { InboundChange } from './sip-trunk.ts';
import type { InboundCredentials } from './store.ts';

/** The credentials with which a PBX or a peer calls: made, rotated and ended with its trunk. */

/** @param platform the SIP domain of the platform */
export type InboundTools = { readonly seals: Seals; readonly platform: string };

/** @throws Error without secrets, which seal the passwords */
export function inboundTools({
  secrets,
  environment,
}: {
  readonly secrets?: Secrets;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): InboundTools {
  if (secrets === undefined) throw new Error('sealing the passwords of trunks needs secrets');
  return { seals: sealsFrom(secrets), platform: platformDomain(environment) };
}

type Reading = {
  readonly account: (username: string) => Promise<TrunkAccountItem | undefined>;
  readonly domains: () => Promise<ReadDomains>;
};

/** Carries out a change of the credentials of a trunk. Undefined: nothing changes. */
export async function changeInbound(
  trunk: Pick<TrunkItem, 'id' | 'org_id' | 'inbound_username'>,
  change: InboundChange,
  read: Reading,
  { seals, platform }: InboundTools,
): Promise<InboundCredentials | undefined> {
  if (change === 'keep') return undefined;
  const { id, org_id } = trunk;
  const known = trunk.inbound_username ?? undefined;
  const before = known === undefined ? undefined : await read.account(known);
  if (change === 'end') return { before, after: undefined, password: undefined, domains: undefined };
  const domains = await read.domains();
  const { domain, realms } = sipDomainsOf(domains.domains, platform);
  const username = known ?? newSipUsername();
  const { password, sealed } = await deviceSecrets(seals, org_id, id).newSipPassword(username);
  const after: TrunkAccountItem = {
    kind: 'trunk',
    sip_username: username,
    org_id,
    trunk_id: id,
    domain,
    password: sealed,
    ha1: realms.map((realm) => ha1Of({ username, realm, password })),
    version: (before?.version ?? 0) + 1,
  };
  return { before, after, password, domains };
}

/** What an idempotent repetition does not show. */
export const shownOnce = ['inbound_password'] as const;

export const shownPassword = (inbound: InboundCredentials | undefined) =>
  inbound?.password === undefined ? {} : { inbound_password: inbound.password };

/** The trunk with the user name with which it calls from now on. */
export const withInbound = (trunk: TrunkItem, inbound: InboundCredentials | undefined): TrunkItem =>
  inbound === undefined ? trunk : { ...trunk, inbound_username: inbound.after?.sip_username ?? null };
