import { accountLines } from '#schema/device.ts';
import type { CallLeg } from '#telephony/call.ts';
import type { Replaces } from '#sip/session/session.ts';
import type { Uses } from '../running/context.ts';
import type { AdmittedCall } from '../running/calls.ts';
import type { LeavingParty } from './joining.ts';
import type { LegParty } from '../call/record.ts';
import { otherSide } from '../call/state.ts';

/** A phone that takes the place of a party, or joins it to another one. */
export type Taker = Pick<LegParty, 'device_id' | 'line' | 'user_id'> & { readonly organization: number };

/** What rights to pick up are read from. */
type PickupRights = Uses<{ rightOf: true; directory: 'device' | 'user' }>;

type Replaced = Pick<CallLeg, 'device_id' | 'line' | 'user_id' | 'target'>;

/**
 * Whether a phone may take the place of a party of its organization (RFC 3891 §3): its own, one of its user, or one
 * whose line it may watch, by a key, a list or a group (functions/sip-sidecar/line-states/README.md). Knowledge of the
 * dialog does not suffice.
 */
export async function mayReplace(
  { rightOf, directory }: PickupRights,
  taker: Taker,
  party: Replaced,
): Promise<boolean> {
  if (isOwn(taker, party)) return true;
  const { organization } = taker;
  const [username, extensions] = await Promise.all([
    usernameOf(directory, taker),
    extensionsOf(directory, organization, party),
  ]);
  if (username === undefined) return false;
  const rights = await Promise.all(extensions.map((extension) => rightOf({ organization, username, extension })));
  return rights.some((right) => right !== undefined);
}

const isOwn = (taker: Taker, party: Replaced): boolean =>
  (['device_id', 'line', 'user_id'] as const).some((each) => taker[each] !== null && taker[each] === party[each]);

/** Any line of a device: all have the rights of the device and of its user. */
export async function usernameOf(
  directory: PickupRights['directory'],
  { organization, line, device_id: id }: Taker,
): Promise<string | undefined> {
  if (line !== null || id === null) return line ?? undefined;
  const device = await directory.device(organization, id);
  return accountLines(device?.lines ?? [])[0]?.sip_username;
}

/** The extensions whose calls a call of a party is: that of its line, and that of its user. */
export async function extensionsOf(
  directory: PickupRights['directory'],
  organization: number,
  party: Replaced,
): Promise<readonly string[]> {
  const user = party.user_id === null ? undefined : await directory.user(organization, party.user_id);
  return [...(party.line === null ? [party.target] : []), ...(user?.extension == null ? [] : [user.extension])];
}

/** The party of a dialog that a phone may replace; else the status that rejects it. */
export type FindReplaced = (replaces: Replaces, taker: Taker) => Promise<LeavingParty | { readonly status: number }>;

/**
 * An INVITE that replaces a party of a call of its organization (RFC 3891). Only a phone may take one over. The party
 * that stays answers its offer; then the former one is hung up.
 */
export async function replaceParty(
  { replaced, ...context }: Uses<{ sessions: 'accept' }> & { readonly replaced: FindReplaced },
  admitted: AdmittedCall,
  replaces: Replaces,
): Promise<void> {
  const { transaction, caller } = admitted;
  const isPhone = caller.began_by === 'phone';
  const taker = { ...caller.leg, organization: caller.organization.org_id };
  const found = isPhone ? await replaced(replaces, taker) : { status: 481 };
  // A caller that has cancelled in between got its response.
  if (transaction.state !== 'proceeding') return;
  if ('status' in found) return void transaction.respond({ status: found.status });
  await takePlace(context, admitted, found);
}

/**
 * The INVITE of a phone takes the place of a party, if the one that stays answers its offer.
 * @returns whether it has
 */
export async function takePlace(
  { sessions }: Uses<{ sessions: 'accept' }>,
  { request, transaction, caller, sender, contact }: AdmittedCall,
  { call, side }: LeavingParty,
): Promise<boolean> {
  const leg = call.parties.nextLeg();
  const { transport, remote } = transaction.flow.flow;
  call.media.expect(leg, transport, remote.address);
  const stays = call.traffic.sessionOfSide(leg, otherSide(side));
  const session = sessions.accept({ request, transaction, sender, contact }, call.traffic.listenerOf(leg));
  if (session === undefined) return false;
  const { offered } = session;
  const outcome =
    offered === undefined || stays === undefined
      ? { status: 488 }
      : await call.parties.whileJoining(() => stays.offer(offered));
  if ('status' in outcome || !call.mayTransfer) {
    session.reject('status' in outcome ? outcome.status : 487);
    return false;
  }
  call.setSession(leg, session);
  session.answer(outcome.sdp);
  call.parties.replaceBy(leg, side, caller);
  return true;
}
