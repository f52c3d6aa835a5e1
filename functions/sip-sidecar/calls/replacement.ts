import type { Replaces } from '../../../shared/sip/session/session.ts';
import type { AdmittedCall, CallsDependencies } from './call-beginnings.ts';
import { otherSide } from './transfer.ts';

/**
 * An INVITE that replaces a party of a call of its organization (RFC 3891). Only a phone may take one over. The party
 * that stays answers its offer; then the former one is hung up.
 */
export async function replaceParty(
  { sessions, replaced }: Pick<CallsDependencies, 'sessions' | 'replaced'>,
  { request, transaction, caller, way, contact }: AdmittedCall,
  replaces: Replaces,
): Promise<void> {
  const isPhone = caller.began_by === 'phone';
  const found = isPhone ? replaced(replaces, caller.organization.org_id) : { status: 481 };
  if ('status' in found) return void transaction.respond({ status: found.status });
  const { call, side } = found;
  const leg = call.parties.nextLeg();
  const stays = call.traffic.sessionOfSide(leg, otherSide(side));
  const session = sessions.accept({ request, transaction, way, contact }, call.traffic.listenerOf(leg));
  if (session === undefined) return;
  const { offered } = session;
  const outcome =
    offered === undefined || stays === undefined
      ? { status: 488 }
      : await call.parties.whileJoining(() => stays.offer(offered));
  if ('status' in outcome || !call.mayTransfer) {
    session.reject('status' in outcome ? outcome.status : 487);
    return;
  }
  call.adopt(leg, session);
  session.answer(outcome.sdp);
  call.parties.replaceBy(leg, side, caller);
}
