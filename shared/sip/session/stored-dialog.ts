/** Dialogs as JSON, for a take-over by another task. */
import { parseAddress, printAddress } from '../address.ts';
import type { Dialog } from '../dialog/dialog.ts';
import { Fault } from '../fault.ts';
import { parseUri, printUri, type Uri } from '../uri.ts';
import type { StoredSession } from './session.ts';

/**
 * Added to the stored CSeq number: the task that is gone may have sent requests since, and a number must never be used
 * twice (RFC 3261 §12.2.1.1).
 */
const sequenceGap = 1_000;

/** The stored form of a dialog and of what belongs to it. */
export function storeDialog(
  dialog: Dialog,
  {
    contact,
    ...rest
  }: Pick<StoredSession, 'isCaller' | 'sdp' | 'peerUpdates' | 'timer' | 'way'> & { readonly contact: Uri },
): StoredSession {
  return {
    callId: dialog.callId,
    local: printAddress(dialog.local),
    remote: printAddress(dialog.remote),
    target: printUri(dialog.target),
    routes: dialog.routes.map(printAddress),
    localSequence: dialog.localSequence ?? null,
    remoteSequence: dialog.remoteSequence ?? null,
    contact: printUri(contact),
    ...rest,
  };
}

/** A stored dialog whose texts are parsed. */
export type RestoredDialog = {
  readonly dialog: Dialog;
  readonly contact: Uri;
  readonly stored: Pick<StoredSession, 'isCaller' | 'sdp' | 'peerUpdates' | 'timer'>;
};

/** Reads a stored dialog. */
export function restoreDialog(stored: StoredSession): RestoredDialog | Fault {
  const [local, remote] = [parseAddress(stored.local), parseAddress(stored.remote)];
  const [target, contact] = [parseUri(stored.target), parseUri(stored.contact)];
  if (local instanceof Fault) return local;
  if (remote instanceof Fault) return remote;
  if (target instanceof Fault) return target;
  if (contact instanceof Fault) return contact;
  const routes = stored.routes.map(parseAddress);
  const dialog: Dialog = {
    state: 'confirmed',
    callId: stored.callId,
    local,
    remote,
    target,
    routes: routes.flatMap((each) => (each instanceof Fault ? [] : [each])),
    localSequence: (stored.localSequence ?? 0) + sequenceGap,
    remoteSequence: stored.remoteSequence ?? undefined,
  };
  return routes.find((each) => each instanceof Fault) ?? { dialog, contact, stored };
}
