import { callRow } from '#dynamodb/rows/call.ts';
import { callDialogRow, type CallDialogItem } from '#dynamodb/rows/dialog.ts';
import type { TakeCallCommand, TakeCallOutcome } from '#sidecar/call-command.ts';
import type { Call } from '#schema/call.ts';
import type { Invitation, SessionTable, StoredSession, Way } from '#sip/session/session.ts';
import type { Membership, SidecarContext } from '../leases/membership.ts';
import type { TransactionFlow } from '../transaction-flow.ts';
import { connectedLeg } from './call-record.ts';
import type { Side } from './call-state.ts';
import { causeNamed } from './causes.ts';
import type { Calls } from './calls.ts';
import type { Directory } from './directory.ts';
import { adoptedLegs, resume } from './moved-call.ts';
import type { RunningCall } from './running-call.ts';

/** A dialog of another task with which this one goes on. */
type Successor = {
  readonly stored: StoredSession;
  readonly way: Way;
  readonly digest: Invitation['digest'];
};

/** The dependencies of adoption. */
export type AdoptionDependencies = {
  readonly context: Pick<SidecarContext, 'tableOf' | 'clock'>;
  readonly membership: Pick<Membership, 'id' | 'isReady'>;
  readonly calls: Pick<Calls, 'adopt' | 'disown'>;
  readonly directory: Pick<Directory, 'organization'>;
  readonly sessions: Pick<SessionTable<TransactionFlow>, 'restore'>;
  /** The dialog of a side as this task goes on with it, with its own Contact; undefined: it cannot. */
  readonly successorOf: (call: Call, side: Side, dialog: CallDialogItem) => Promise<Successor | undefined>;
};

const sides = ['source', 'destination'] as const;

/**
 * Goes on with an answered call of a task that stops: with its row, under its version, then with its dialogs. Its
 * parties learn the Contact of this task, so that their requests come here.
 */
export async function takeCall(dependencies: AdoptionDependencies, command: TakeCallCommand): Promise<TakeCallOutcome> {
  const { context, membership, calls, directory } = dependencies;
  const { organization: id, version, task } = command;
  const [organization, stored] = await Promise.all([
    directory.organization(id),
    context.tableOf(id).get(callRow, { id: command.call }),
  ]);
  if (!membership.isReady || organization === undefined) return { kind: 'unreachable' };
  if (stored?.task !== task || stored.version !== version || stored.status !== 'answered')
    return { kind: 'invalid_state' };
  const successors = await successorsOf(dependencies, stored);
  if (successors === undefined) return { kind: 'invalid_state' };
  const call = calls.adopt(organization, stored, command.state);
  call.writer.change((each) => ({ ...each, task: membership.id }));
  await call.writer.settled();
  if (call.writer.isLost) {
    calls.disown(call);
    return { kind: 'invalid_state' };
  }
  if (!restoreSessions(dependencies, call, successors)) {
    call.end(causeNamed('SYSTEM_SHUTDOWN'), 'system');
    return { kind: 'invalid_state' };
  }
  resume(call, command.state, context.clock().getTime());
  call.storeDialogs();
  // After the answer, as the other task still has the dialogs until then.
  setImmediate(() => {
    for (const side of sides) call.sessionOf(side)?.refreshTarget();
  });
  return { kind: 'accepted' };
}

async function successorsOf(
  { context, successorOf }: AdoptionDependencies,
  call: Call,
): Promise<readonly Successor[] | undefined> {
  const { items } = await context
    .tableOf(call.org_id)
    .query<'dialog', CallDialogItem, { call_id: string }>(callDialogRow, { call_id: call.id });
  const found = await Promise.all(
    sides.map(async (side) => {
      const dialog = items.find(({ leg }) => leg === side);
      return dialog === undefined || connectedLeg(call, side) === undefined
        ? undefined
        : successorOf(call, side, dialog);
    }),
  );
  const successors = found.filter((each) => each !== undefined);
  return successors.length === sides.length ? successors : undefined;
}

/** @returns false if there is no room for them */
function restoreSessions(
  { sessions }: AdoptionDependencies,
  call: RunningCall,
  successors: readonly Successor[],
): boolean {
  for (const [at, { stored, way, digest }] of successors.entries()) {
    const leg = adoptedLegs[sides[at] ?? 'source'];
    const session = sessions.restore(stored, way, call.traffic.listenerOf(leg), digest);
    if (session === undefined) return false;
    call.adopt(leg, session);
  }
  return true;
}
