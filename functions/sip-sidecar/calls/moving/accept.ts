import { callRow } from '#dynamodb/rows/call.ts';
import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Call, CallLeg } from '#telephony/call.ts';
import type { TakeCallCommand, TakeCallOutcome } from '#sidecar/call-command.ts';
import { Fault } from '#sip/fault.ts';
import type { Invitation, StoredSession, RequestSender } from '#sip/session/session.ts';
import { isSipUri, parseUri, printUri } from '#sip/uri.ts';
import { acceptedLegs } from '../call/call.ts';
import { causeNamed } from '../call/causes.ts';
import { connectedLeg } from '../call/record.ts';
import { sides, type Side } from '../call/state.ts';
import type { Uses } from '../running/context.ts';
import { contactOf } from '../legs/invitation.ts';
import { isConnection, readAnySender } from '../legs/stored-sender.ts';
import { flowAfter, movedApplication, type MovedState, readDialogs, sessionIn } from '../records/dialogs.ts';
import type { MovedApplication, StoredFlow } from '../call/moved-application.ts';
import type { StartApplication } from '../applications/application.ts';
import type { Calls } from '../running/calls.ts';
import type { Continuation } from '../running/applications.ts';
import { resume } from '../running/moved-state.ts';
import type { RunningCall } from '../running/running-call.ts';
import { transportOf } from '../routing/sip-targets.ts';
import { peerDigest } from './peer-digest.ts';

/**
 * How often a party is sent the Contact of this task before it counts as gone: while the task to which a balancer sends
 * its packets ends, no other one can reach it. Each takes 32 s (RFC 3261, Timer F), all as long as a flow lasts.
 */
const refreshes = 4;

/** A party of a call of another task, as this one goes on with it. */
type AcceptedSide = AcceptedDialog | AcceptedApplication;

type AcceptedApplication = { readonly start: StartApplication; readonly moved: MovedApplication };

type AcceptedDialog = {
  readonly stored: StoredSession;
  readonly sender: RequestSender;
  readonly digest: Invitation['digest'];
  /** What goes on when the party hangs up. */
  readonly after: Continuation | undefined;
  /** Whether its connection has ended with its task. */
  readonly isAway: boolean;
};

/** What this task needs to go on with a call of another one. */
export type GoOnContext = Uses<{
  context: 'clock';
  membership: 'id';
  settings: 'advertised';
  directory: 'gateway' | 'trunk';
  sessions: 'restore';
  senders: 'toStored';
  seals: 'open';
  applications: 'resume';
  stack: 'newTag';
}>;

type AcceptContext = GoOnContext & Uses<{ context: 'tableOf'; membership: 'isReady'; directory: 'organization' }>;

/** An answered call of another task, as that task has stored it. */
export type StoredCall = {
  readonly organization: OrganizationItem;
  readonly call: Call;
  readonly dialogs: readonly CallDialogItem[];
  readonly state: MovedState;
  /** Whether its task is gone: phones have lost their connections with it, and may return. */
  readonly isLost: boolean;
};

/** Accepts an answered call of a task that stops. */
export async function acceptCall(
  context: AcceptContext,
  calls: Pick<Calls, 'accept'>,
  command: TakeCallCommand,
): Promise<TakeCallOutcome> {
  const { membership, directory } = context;
  const { organization: id, version, task } = command;
  const [organization, stored] = await Promise.all([
    directory.organization(id),
    context.context.tableOf(id).get(callRow, { id: command.call }),
  ]);
  if (!membership.isReady || organization === undefined) return { kind: 'unreachable' };
  if (stored?.task !== task || stored.version !== version || stored.status !== 'answered')
    return { kind: 'invalid_state' };
  const dialogs = await readDialogs(context.context, stored);
  const { state } = command;
  const goesOn = await goOnWith(context, calls, { organization, call: stored, dialogs, state, isLost: false });
  return { kind: goesOn ? 'accepted' : 'invalid_state' };
}

/**
 * Goes on with an answered call of another task: with its row, under its version, then with its dialogs. Its parties
 * learn the Contact of this task, so that their requests come here; one that has lost its connection does so when it
 * returns (`LostConnections`).
 * @returns false if it is not taken, as it has changed or cannot go on, or has ended for lack of room
 */
export async function goOnWith(
  context: GoOnContext,
  calls: Pick<Calls, 'accept'>,
  { organization, call: stored, dialogs, state, isLost }: StoredCall,
): Promise<boolean> {
  const accepted = await acceptedDialogs(context, stored, { dialogs, isLost });
  if (accepted === undefined) return false;
  const call = await calls.accept(organization, stored, state);
  if (call === undefined) return false;
  if (!restoreSessions(context, call, accepted)) {
    call.end(causeNamed('SYSTEM_SHUTDOWN'), 'system');
    return false;
  }
  resume(call, state, context.context.clock().getTime());
  call.storeDialogs();
  const reached = sides.filter((side) => !isAway(accepted[side]));
  // After the answer, as the other task still has the dialogs until then.
  setImmediate(() => {
    for (const side of reached) call.legs.sessionOf(side)?.refreshTarget(refreshes);
  });
  return true;
}

const isAway = (side: AcceptedSide): boolean => 'isAway' in side && side.isAway;

/** @returns false if there is no room for them */
function restoreSessions(
  { sessions }: Pick<GoOnContext, 'sessions'>,
  call: RunningCall,
  dialogs: Readonly<Record<Side, AcceptedSide>>,
): boolean {
  for (const side of sides) {
    const accepted = dialogs[side];
    const leg = acceptedLegs[side];
    if ('moved' in accepted) {
      call.resumeApplication(leg, accepted.start, accepted.moved);
      continue;
    }
    const { stored, sender, digest, after } = accepted;
    const session = sessions.restore(stored, sender, call.traffic.listenerOf(leg), digest);
    if (session === undefined) return false;
    call.setSession(leg, session);
    if (after !== undefined) call.goOnAfter(after);
  }
  return true;
}

/** The dialogs of both sides. Undefined: one of them has none with which another task can go on. */
async function acceptedDialogs(
  context: GoOnContext,
  call: Call,
  { dialogs, isLost }: Pick<StoredCall, 'dialogs' | 'isLost'>,
): Promise<Readonly<Record<Side, AcceptedSide>> | undefined> {
  const [source, destination] = await Promise.all(
    sides.map(async (side) => {
      const dialog = dialogs.find(({ leg }) => leg === side);
      const leg = connectedLeg(call, side);
      return dialog && leg && acceptedSide(context, { call, leg, dialog, isLost });
    }),
  );
  return source === undefined || destination === undefined ? undefined : { source, destination };
}

type FoundSide = Pick<StoredCall, 'call' | 'isLost'> & { readonly leg: CallLeg; readonly dialog: CallDialogItem };

async function acceptedSide(context: GoOnContext, found: FoundSide): Promise<AcceptedSide | undefined> {
  const moved = movedApplication(found.dialog);
  if (moved === undefined) return acceptedDialog(context, found);
  return { moved, start: await context.applications.resume(found.call.org_id, moved.application) };
}

/** @returns undefined if only its task can reach the party */
async function acceptedDialog(
  context: GoOnContext,
  { call, leg, dialog, isLost }: FoundSide,
): Promise<AcceptedDialog | undefined> {
  const stored = sessionIn(dialog);
  if (stored === undefined) return undefined;
  const item = readAnySender(stored.way, dialog.task);
  const contact = parseUri(stored.contact);
  if (item === undefined || contact instanceof Fault || !isSipUri(contact)) return undefined;
  const isAway = isConnection(item);
  if (isAway && !isLost) return undefined;
  return {
    stored: { ...stored, contact: printUri(contactOf(context, transportOf(contact) ?? 'udp')) },
    sender: context.senders.toStored(item, { ...leg, organization: call.org_id }),
    digest: await peerDigest(context, call.org_id, leg, item),
    after: await continuation(context, call.org_id, flowAfter(dialog)),
    isAway,
  };
}

async function continuation(
  { applications }: Pick<GoOnContext, 'applications'>,
  organization: number,
  stored: StoredFlow | undefined,
): Promise<Continuation | undefined> {
  return stored && { stored, start: await applications.resume(organization, stored) };
}
