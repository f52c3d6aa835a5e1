import { compressText, decompressText } from '#dynamodb/compression.ts';
import { callDialogRow, type CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { Call } from '#telephony/call.ts';
import { day, second } from '#schema/time.ts';
import { TakeCallCommand } from '#sidecar/call-command.ts';
import type { Session, StoredInvite, StoredSession } from '#sip/session/session.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import type { LegParty } from '../call/record.ts';
import { sides, type Side } from '../call/state.ts';
import type { MovedApplication, StoredFlow } from '../call/moved-application.ts';

/**
 * The party of a side, as it is stored: its SIP dialog, or the application that it is; and the parties that ring or are
 * asked, which have no side yet. A caller that is not answered is the only one that rings in the row of its side.
 */
export type StoredSide = ((StoredSession & { readonly after?: StoredFlow }) | MovedApplication | NoSession) & {
  readonly ringing?: readonly RingingParty[];
};

type NoSession = { readonly callId?: never };

/** A leg that is not connected. `party`: who is called; absent: the caller. */
export type RingingParty = StoredInvite & { readonly party?: LegParty };

/** How a leg that is not connected is stored; undefined: it is over. */
export function ringingParty(session: Session, party: LegParty): RingingParty | undefined {
  const [invite, answered] = [session.ringing?.(), session.stored()];
  const found = invite ?? (answered && { isCaller: answered.isCaller, dialogs: [answered] });
  return found && { ...found, party };
}

/** The SIP dialog of a side; undefined: it has none. */
export const sessionIn = ({ session }: Pick<CallDialogItem, 'session'>): StoredSession | undefined =>
  'callId' in session ? (session as StoredSession) : undefined;

/** The legs that are stored with a side, and not connected. */
export const ringingIn = ({ session }: Pick<CallDialogItem, 'session'>): readonly RingingParty[] =>
  (session['ringing'] as readonly RingingParty[] | undefined) ?? [];

/** The application that is stored as a side; undefined: it is a SIP dialog. */
export const movedApplication = ({ session }: Pick<CallDialogItem, 'session'>): MovedApplication | undefined =>
  'application' in session ? (session as MovedApplication) : undefined;

/** With what the call goes on when the party of a dialog hangs up; undefined: it ends. */
export const flowAfter = ({ session }: Pick<CallDialogItem, 'session'>): StoredFlow | undefined =>
  'after' in session ? (session['after'] as StoredFlow) : undefined;

/** What only the task of an answered call knows of it, when another task goes on with it. */
export type MovedState = TakeCallCommand['state'];

/** What the task of an answered call has stored of it; undefined: nothing, or what this task cannot read. */
export function movedStateIn(dialogs: readonly Pick<CallDialogItem, 'state'>[]): MovedState | undefined {
  const stored = dialogs.find(({ state }) => state !== undefined)?.state;
  if (stored === undefined) return undefined;
  return TakeCallCommand.shape.state.safeParse(JSON.parse(decompressText(stored))).data;
}

/** The dialogs of the connected sides of a call, as they are stored. @param state undefined: it is not answered */
export function dialogItems(
  { id, org_id, task }: Pick<Call, 'id' | 'org_id' | 'task'>,
  storedOf: (side: Side) => StoredSide | undefined,
  { now, state }: { readonly now: Date; readonly state: MovedState | undefined },
): readonly CallDialogItem[] {
  const expires_at = Math.floor((now.getTime() + 2 * day) / second);
  return sides.flatMap((leg) => {
    const session = storedOf(leg);
    const moved = leg === 'source' && state ? { state: compressText(JSON.stringify(state)) } : {};
    return session === undefined
      ? []
      : [{ call_id: id, org_id, leg, task, session: { ...session }, ...moved, expires_at }];
  });
}

/** The dialogs of a call as its task has stored them, for the one that goes on with it or ends it. */
export async function readDialogs(
  { tableOf }: Pick<SidecarContext, 'tableOf'>,
  { id, org_id: organization }: Pick<Call, 'id' | 'org_id'>,
): Promise<readonly CallDialogItem[]> {
  const key = { call_id: id };
  const { items } = await tableOf(organization).query<'dialog', CallDialogItem, typeof key>(callDialogRow, key);
  return items;
}
