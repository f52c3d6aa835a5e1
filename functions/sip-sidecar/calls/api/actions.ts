import type { CallActionCommand, CallActionOutcome } from '#sidecar/call-command.ts';
import { withDirection, type Direction } from '#sip/sdp/sdp.ts';
import type { Session } from '#sip/session/session.ts';
import { Fault } from '#sip/fault.ts';
import { parseUri, sipUri, type Uri } from '#sip/uri.ts';
import type { CallEnd } from '#schema/call-request.ts';
import type { CallLeg } from '#telephony/call.ts';
import { connectedLeg, withAction } from '../call/record.ts';
import { causeOfStatus } from '../call/causes.ts';
import type { Failure } from '../call/hunt.ts';
import { otherSide, type Side } from '../call/state.ts';
import { announcement } from '../applications/announcement.ts';
import { deniedCommand } from '../routing/denied-command.ts';
import type { Uses } from '../running/context.ts';
import type { RunningCall } from '../running/running-call.ts';
import type { Parking } from '../transfers/parking.ts';
import type { Transfers } from '../transfers/transfers.ts';
import { applicationTarget } from '../routing/target.ts';
import type { NewParties } from '../transfers/new-parties.ts';

type ActionContext = Uses<{ context: 'recorderOf'; domain: true; directory: 'contactsOfDevice'; fault: true }>;

type DirectionAction = Exclude<CallActionCommand['action'], 'transfer' | 'voicemail_drop' | 'park'>;

type LegState = Pick<CallLeg, 'on_hold' | 'muted'>;

/** What an action changes of a side. */
const changes = {
  hold: { on_hold: true },
  resume: { on_hold: false },
  mute: { muted: true },
  unmute: { muted: false },
} as const satisfies Readonly<Record<DirectionAction, Partial<LegState>>>;

/**
 * The direction that is offered to a side (RFC 3264 §8.4). A side that may only receive is not heard.
 * @param heldDirection of one that is held, which hears music or nothing
 */
function directionFor({ on_hold: isHeld, muted: isMuted }: LegState, heldDirection: Direction): Direction {
  if (isHeld) return heldDirection;
  return isMuted ? 'sendonly' : 'sendrecv';
}

/** `slot`: where the call is parked. */
type Outcome = Failure & { readonly slot?: string };
type Settled = (outcome: Outcome) => void;
type WantedAction = { readonly command: CallActionCommand; readonly onSettled: Settled };

/** What carries actions out that change the parties of a call. */
type OfParties = {
  readonly transfers: Pick<Transfers, 'transfer'>;
  readonly newParties: Pick<NewParties, 'beginApplication'>;
  readonly parking: Pick<Parking, 'parkByCommand'>;
};

/** Acts on an answered call. The outcome of the action is the event `call.action`. */
export async function actOnCall(
  context: ActionContext,
  ofParties: OfParties,
  call: RunningCall,
  command: CallActionCommand,
): Promise<CallActionOutcome> {
  const onSettled: Settled = (outcome) => report(context, call, command, outcome);
  if (command.action === 'transfer' && command.mode !== 'blind')
    return ofParties.transfers.transfer(call, command, onSettled);
  const wanted = { command, onSettled };
  if (!call.isJoining) return act(context, ofParties, call, wanted);
  // Both parties have answered, and are being joined: then the action is carried out.
  void call.joined().then(async () => {
    const outcome = await act(context, ofParties, call, wanted);
    if (outcome.kind !== 'accepted') onSettled({ status: 487 });
  });
  return { kind: 'accepted' };
}

/** An application takes the place of the leg that leaves, plays the drop to the other one, and ends the call. */
function leaveDrop(
  { fault }: ActionContext,
  newParties: Pick<NewParties, 'beginApplication'>,
  call: RunningCall,
  { command: { drop, leg: side, organization }, onSettled }: WantedAction,
): CallActionOutcome {
  if (drop === undefined || call.legs.applicationSide !== undefined || !call.mayTransfer)
    return { kind: 'invalid_state' };
  const { id, ...sound } = drop;
  const target = applicationTarget(id, announcement([{ organization, ...sound }]));
  const asked = { side, isReferred: false, channels: [], limits: {}, onSettled } as const;
  newParties.beginApplication(call, target, asked).catch((error: unknown) => {
    fault(error);
    onSettled({ status: 500 });
  });
  return { kind: 'accepted' };
}

async function act(
  context: ActionContext,
  ofParties: OfParties,
  call: RunningCall,
  { command, onSettled }: WantedAction,
): Promise<CallActionOutcome> {
  const { action } = command;
  const session = call.legs.sessionOf(command.leg);
  if (!call.isUp || session === undefined) return { kind: 'invalid_state' };
  if (action === 'park') return ofParties.parking.parkByCommand(call, command, onSettled);
  if (action === 'voicemail_drop') return leaveDrop(context, ofParties.newParties, call, { command, onSettled });
  if (action === 'transfer') return referSource(context, session, command, onSettled);
  const leg = connectedLeg(call.record, command.leg);
  const sent = session.described;
  if (sent === undefined || leg === undefined) return { kind: 'invalid_state' };
  const wanted = { ...leg, ...changes[action] };
  const direction = directionFor(wanted, call.media.heldDirection());
  void session.offer(withDirection(sent, direction)).then((outcome) => {
    const isDone = 'sdp' in outcome;
    if (isDone) {
      call.writer.change((record) => withAction(record, command.leg, changes[action]));
      playMusic(call, command.leg, wanted.on_hold);
      call.noteExchange();
    }
    onSettled({ status: isDone ? 200 : outcome.status });
  });
  return { kind: 'accepted' };
}

/** A side that a command holds hears music, until it is resumed. */
function playMusic(call: RunningCall, side: Side, isHeld: boolean): void {
  const [leg, partner] = [side, otherSide(side)].map((each) => {
    const session = call.legs.sessionOf(each);
    return session === undefined ? undefined : call.legs.legOf(session);
  });
  if (leg !== undefined && partner !== undefined) call.media.setHeld(leg, partner, isHeld);
}

/** A blind transfer refers the source to a URI, which it then calls itself, decided by the dial plan. */
async function referSource(
  context: ActionContext,
  session: Session,
  { destination, organization }: CallActionCommand,
  onSettled: Settled,
): Promise<CallActionOutcome> {
  const to = destination === undefined ? undefined : await uriOf(context, organization, destination);
  if (to === undefined) return deniedCommand({ reason: 'NO_ROUTE' }, 'destination');
  let last = 0;
  const settle = (status: number): void => {
    if (last >= 200) return;
    last = status;
    if (status >= 200) onSettled({ status });
  };
  void session.refer({ to }, settle).then((status) => {
    if (status >= 300) settle(status);
  });
  return { kind: 'accepted' };
}

/** What a phone can dial for an end: a phone line has no number. */
async function uriOf(
  { domain, directory }: ActionContext,
  organization: number,
  end: CallEnd,
): Promise<Uri | undefined> {
  switch (end.type) {
    case 'phone':
      return sipUri({ user: end.number, host: domain });
    case 'device': {
      const [contact] = await directory.contactsOfDevice(organization, end.id);
      return contact === undefined ? undefined : sipUri({ user: contact.line.extension, host: domain });
    }
    case 'sip': {
      const uri = parseUri(end.uri);
      return uri instanceof Fault ? undefined : uri;
    }
    case 'line':
      return undefined;
  }
}

/** @param outcome the last response of the peer */
function report(
  { context }: ActionContext,
  call: RunningCall,
  { action, leg, id }: CallActionCommand,
  { status, q850, slot }: Outcome,
): void {
  const { id: of, org_id: organization } = call.record;
  const isDone = status < 300;
  call.writer.record([
    context.recorderOf(organization)('call.action', {
      entity: { type: 'call', id: of },
      description: `Action ${action} of call ${of} ${isDone ? 'is done' : 'failed'}`,
      fields: {
        action,
        leg,
        command: id,
        status: isDone ? 'done' : 'failed',
        sip_code: status,
        ...(slot === undefined ? {} : { slot }),
        ...(isDone ? {} : { reason: causeOfStatus(status, q850).cause }),
      },
    }),
  ]);
}
