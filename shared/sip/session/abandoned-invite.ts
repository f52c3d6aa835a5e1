import { dialogOfClient } from '../dialog/dialog.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import type { Flow } from '../transaction/layer.ts';
import { reasonHeaders } from './reason.ts';
import { RestoredSession } from './restored-session.ts';
import type { LostInvite } from './session.ts';
import { silentListener } from './silent-listener.ts';
import { restoreDialog, type RestoredDialog } from './stored-dialog.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Cancels an INVITE that a task which is gone has sent. That task may have had its answer already, whose dialog then
 * goes on at the peer alone: where the CANCEL brings no final response within T1, the known dialogs are acknowledged
 * and ended (RFC 3261 §9.1, §13.2.2.4). A peer that still rings knows no such dialog, and answers 481.
 * @returns resolves when the peer has confirmed its end, or does not answer
 */
export function abandonInvite<Path extends Flow>(
  { invite, dialogs, reason, resume, ...peer }: LostInvite,
  surroundings: Surroundings<Path>,
): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const ended = new Map<string | undefined, RestoredSession<Path>>();
  const discard = (restored: RestoredDialog): void => {
    const session = new RestoredSession<Path>(restored, {
      ...peer,
      digest: peer.digest,
      listener: silentListener,
      surroundings,
    });
    ended.set(restored.dialog.remote.parameters.get('tag'), session);
    session.discard(invite);
    void Promise.all([...ended.values()].map(({ gone }) => gone)).then(() => resolve(undefined));
  };
  const stop = surroundings.setTimer(surroundings.timers.t1, () => {
    for (const restored of dialogs.map(restoreDialog)) if (!(restored instanceof Fault)) discard(restored);
  });
  const finish = (): void => {
    stop();
    if (ended.size === 0) resolve(undefined);
  };
  const sent = resume({
    onResponse: (response) => {
      if (response.status >= 300) finish();
      if (response.status < 200 || response.status >= 300) return;
      stop();
      const known = ended.get(response.toTag);
      const restored = known === undefined ? dialogOfAnswer(invite, response) : undefined;
      known?.acknowledgeAgain(invite);
      if (restored !== undefined) discard(restored);
    },
    onFailure: finish,
  });
  sent?.cancel(reasonHeaders(reason));
  return promise;
}

/** The dialog of a 2xx; undefined: it has none, and cannot be ended. */
function dialogOfAnswer(invite: SipRequest, response: SipResponse): RestoredDialog | undefined {
  const [dialog, contact] = [dialogOfClient(invite, response), invite.headers.first(header.contact)];
  if (dialog instanceof Fault || contact === undefined || contact === '*' || contact instanceof Fault) return undefined;
  return { dialog, contact: contact.uri, stored: { isCaller: true, sdp: null, peerUpdates: false, timer: null } };
}
