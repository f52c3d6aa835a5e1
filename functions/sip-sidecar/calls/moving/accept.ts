import { callRow } from '#dynamodb/rows/call.ts';
import type { CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { Call, CallLeg } from '#schema/call.ts';
import type { TakeCallCommand, TakeCallOutcome } from '#sidecar/call-command.ts';
import { Fault } from '#sip/fault.ts';
import type { Invitation, StoredSession, RequestSender } from '#sip/session/session.ts';
import { isSipUri, parseUri, printUri } from '#sip/uri.ts';
import { acceptedLegs } from '../call/call.ts';
import { causeNamed } from '../call/causes.ts';
import { connectedLeg } from '../call/record.ts';
import { sides, type Side } from '../call/state.ts';
import type { Uses } from '../context.ts';
import { contactOf } from '../legs/invitation.ts';
import { readSender } from '../legs/stored-sender.ts';
import { flowAfter, movedApplication, readDialogs, sessionIn } from '../records/dialogs.ts';
import type { MovedApplication, StoredFlow } from '../call/moved-application.ts';
import type { StartApplication } from '../routing/application.ts';
import { transportOf } from '../routing/target.ts';
import type { Calls } from '../running/calls.ts';
import type { Continuation } from '../running/applications.ts';
import type { RunningCall } from '../running/running-call.ts';
import { resume } from './moved-state.ts';
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
};

type AcceptContext = Uses<{
  context: 'tableOf' | 'clock';
  membership: 'id' | 'isReady';
  settings: 'advertised';
  directory: 'organization' | 'gateway' | 'trunk';
  sessions: 'restore';
  senders: 'toStored';
  seals: 'open';
  applications: 'resume';
  stack: 'newTag';
}>;

/**
 * Goes on with an answered call of a task that stops: with its row, under its version, then with its dialogs. Its
 * parties learn the Contact of this task, so that their requests come here.
 */
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
  const dialogs = await acceptedDialogs(context, stored);
  if (dialogs === undefined) return { kind: 'invalid_state' };
  const call = await calls.accept(organization, stored, command.state);
  if (call === undefined) return { kind: 'invalid_state' };
  if (!restoreSessions(context, call, dialogs)) {
    call.end(causeNamed('SYSTEM_SHUTDOWN'), 'system');
    return { kind: 'invalid_state' };
  }
  resume(call, command.state, context.context.clock().getTime());
  call.storeDialogs();
  // After the answer, as the other task still has the dialogs until then.
  setImmediate(() => {
    for (const side of sides) call.sessionOf(side)?.refreshTarget(refreshes);
  });
  return { kind: 'accepted' };
}

/** @returns false if there is no room for them */
function restoreSessions(
  { sessions }: Pick<AcceptContext, 'sessions'>,
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
  context: AcceptContext,
  call: Call,
): Promise<Readonly<Record<Side, AcceptedSide>> | undefined> {
  const stored = await readDialogs(context.context, call);
  const [source, destination] = await Promise.all(
    sides.map(async (side) => {
      const dialog = stored.find(({ leg }) => leg === side);
      const leg = connectedLeg(call, side);
      return dialog === undefined || leg === undefined ? undefined : acceptedSide(context, { call, leg, dialog });
    }),
  );
  return source === undefined || destination === undefined ? undefined : { source, destination };
}

type FoundSide = { readonly call: Call; readonly leg: CallLeg; readonly dialog: CallDialogItem };

async function acceptedSide(context: AcceptContext, found: FoundSide): Promise<AcceptedSide | undefined> {
  const moved = movedApplication(found.dialog);
  if (moved === undefined) return acceptedDialog(context, found);
  return { moved, start: await context.applications.resume(found.call.org_id, moved.application) };
}

/** @returns undefined if only its task can reach the party */
async function acceptedDialog(
  context: AcceptContext,
  { call, leg, dialog }: FoundSide,
): Promise<AcceptedDialog | undefined> {
  const stored = sessionIn(dialog);
  if (stored === undefined) return undefined;
  const item = readSender(stored.way, dialog.task);
  const contact = parseUri(stored.contact);
  if (item === undefined || contact instanceof Fault || !isSipUri(contact)) return undefined;
  return {
    stored: { ...stored, contact: printUri(contactOf(context, transportOf(contact) ?? 'udp')) },
    sender: context.senders.toStored(item, { ...leg, organization: call.org_id }),
    digest: await peerDigest(context, call.org_id, leg, item),
    after: await continuation(context, call.org_id, flowAfter(dialog)),
  };
}

async function continuation(
  { applications }: Pick<AcceptContext, 'applications'>,
  organization: number,
  stored: StoredFlow | undefined,
): Promise<Continuation | undefined> {
  return stored && { stored, start: await applications.resume(organization, stored) };
}
