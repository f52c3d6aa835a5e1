import type { Invitation } from '#sip/session/session.ts';
import type { LegParty } from '../call/record.ts';
import type { Uses } from '../running/context.ts';
import { digestOf } from '../legs/invitation.ts';
import type { SenderItem } from '../legs/stored-sender.ts';
import type { PeerAccount } from '../routing/target.ts';
import { gatewayTarget, trunkTarget } from '../routing/sip-targets.ts';

type DigestContext = Uses<{ directory: 'gateway' | 'trunk'; seals: 'open'; stack: 'newTag' }>;

/**
 * Answers the challenges of the peer of a stored dialog, with the credentials that its gateway or trunk has now.
 * @param sender of the dialog: the credentials are for its host, and for where its INVITE was answered
 * @returns undefined for a phone, and without credentials
 */
export async function peerDigest(
  context: DigestContext,
  organization: number,
  leg: LegParty,
  sender: SenderItem,
): Promise<Invitation['digest']> {
  const account = sender.kind === 'flow' ? null : await accountOf(context, organization, leg);
  return account === null || sender.kind === 'flow' ? undefined : digestOf(account, sender.peer.host, context);
}

/** The credentials at the gateway or trunk of a leg; null: it has none. */
async function accountOf(
  { directory }: Pick<DigestContext, 'directory'>,
  organization: number,
  { gateway_id: gatewayId, trunk_id: trunkId, target: number }: LegParty,
): Promise<PeerAccount | null> {
  const [gateway, trunk] = await Promise.all([
    gatewayId === null ? undefined : directory.gateway(organization, gatewayId),
    trunkId === null ? undefined : directory.trunk(organization, trunkId),
  ]);
  const target =
    (gateway === undefined ? undefined : gatewayTarget(gateway, number)) ??
    (trunk === undefined ? undefined : trunkTarget(trunk, number));
  return target?.to.kind === 'peer' ? target.to.account : null;
}
