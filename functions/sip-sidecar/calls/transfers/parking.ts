import { channelRow, type ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { CallLeg, Channel } from '#telephony/call.ts';
import type { PromptName } from '#schema/prompt.ts';
import { featureOf } from '#telephony/feature-codes.ts';
import { defaultParkSettings, parkingSlots, slotOfDialog, slotOfLine } from '#telephony/parking.ts';
import type { CallActionCommand, CallActionOutcome } from '#sidecar/call-command.ts';
import type { Replaces } from '#sip/session/session.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { DialedParty } from '#functions/telephony/schema/call-flow-state.ts';
import { spokenDigits } from '../../media/spoken.ts';
import { dialedIn } from '../routing/dialed.ts';
import type { Failure } from '../call/hunt.ts';
import { connectedLeg } from '../call/record.ts';
import { otherSide, sides } from '../call/state.ts';
import type { Uses } from '../running/context.ts';
import type { Caller } from '../routing/caller.ts';
import { parked } from '../applications/parked.ts';
import type { AdmittedCall, Calls } from '../running/calls.ts';
import type { RunningCall } from '../running/running-call.ts';
import { applicationTarget } from '../routing/target.ts';
import type { Leave } from '../running/leave.ts';
import type { LeavingParty } from './joining.ts';
import { takePlace } from './pickup.ts';
import type { RingingCalls } from './ringing-calls.ts';
import type { NewParties } from './new-parties.ts';

type ParkingContext = Uses<{
  context: 'tableOf' | 'recorderOf' | 'clock';
  sessions: 'accept' | 'replaced';
  applications: 'resume';
  fault: true;
}>;

/** What is asked of a slot; `slot` null: any. */
export type WantedSlot = { readonly slot: string | null };

/** A parked call that an INVITE with Replaces names; null: whichever is in the slot. */
type WantedCall = string | null;

const none = { status: 404, reason: 'No Parked Call' } as const;
const noDialog = { status: 481 } as const;
const full: Failure = { status: 486 };

/** What a phone asks for by the code for parking, or by the line of a slot. Undefined: it dials something else. */
export function wantedSlot(dialed: string, { settings, country }: OrganizationItem): WantedSlot | undefined {
  const slot = slotOfLine(dialed);
  if (slot !== undefined) return { slot };
  const asked = featureOf(dialed, settings.feature_codes ?? {}, country);
  return asked?.name === 'park' ? { slot: asked.argument } : undefined;
}

/** `leave`: by which the party leaves already. `returnTo`: whom the call returns to, if not to that party. */
type HowToPark = {
  readonly isReferred: boolean;
  readonly returnTo?: DialedParty | null;
  readonly leave?: Leave | undefined;
};

/** A slot has room for one call. */
const channelOf = (slot: string): Channel => ({ kind: 'park', id: slot, direction: 'inbound' });
const limitsOf = (slot: string): ChannelLimits => ({ [`park/${slot}`]: { total: 1 } });

/** The slot in which a call is. */
const slotOf = ({ record }: Pick<RunningCall, 'record'>): string | undefined =>
  record.channels.find(({ kind }) => kind === 'park')?.id;

/**
 * Parked calls (RFC 5359 §2.15): an application takes the place of the phone that parks, until another phone takes that
 * of the application. A slot is a channel, of which there is one: so no two calls are in it, at whichever tasks.
 */
export class Parking {
  readonly #context: ParkingContext;
  readonly #calls: Pick<Calls, 'all'>;
  readonly #newParties: Pick<NewParties, 'beginApplication'>;
  readonly #ringing: Pick<RingingCalls, 'isGiven' | 'take'>;

  constructor(
    context: ParkingContext,
    calls: Pick<Calls, 'all'>,
    others: {
      readonly newParties: Pick<NewParties, 'beginApplication'>;
      readonly ringing: Pick<RingingCalls, 'isGiven' | 'take'>;
    },
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#newParties = others.newParties;
    this.#ringing = others.ringing;
  }

  /** An INVITE of a phone that fetches the call of a slot. Undefined: it does not. */
  onCode(admitted: AdmittedCall): Promise<void> | undefined {
    const { caller, request } = admitted;
    const wanted = caller.began_by === 'phone' ? wantedSlot(dialedIn(request.uri), caller.organization) : undefined;
    return wanted?.slot == null ? undefined : this.#fetch(admitted, wanted.slot, null);
  }

  /**
   * An INVITE with Replaces of a parked call: of the dialog of its slot, as keys see it, or of that of its party (RFC
   * 5359 §2.15). @returns whether it is one
   */
  async fetchDialog(admitted: AdmittedCall, replaces: Replaces): Promise<boolean> {
    const { caller } = admitted;
    if (caller.began_by !== 'phone') return false;
    const named = slotOfDialog(replaces) ?? this.#slotWith(caller.organization.org_id, replaces);
    if (named === undefined) return false;
    await this.#fetch(admitted, named.slot, named.call);
    return true;
  }

  /** The parked call whose party has a dialog. */
  #slotWith(organization: number, replaces: Replaces): { readonly call: string; readonly slot: string } | undefined {
    const session = this.#context.sessions.replaced(replaces);
    if ('status' in session) return undefined;
    for (const call of this.#calls.all()) {
      const slot = call.record.org_id === organization ? slotOf(call) : undefined;
      if (slot !== undefined && call.legs.legOf(session) !== undefined) return { call: call.record.id, slot };
    }
    return undefined;
  }

  /**
   * Parks a side of a call, whose other one leaves. It returns to the phone that leaves, or to the user who asked.
   * @param onSettled what became of it, if it was accepted. 200: it is in the slot
   */
  async parkByCommand(
    call: RunningCall,
    { leg, caller: { user_id: user } }: CallActionCommand,
    onSettled: (outcome: Failure & { readonly slot?: string }) => void,
  ): Promise<CallActionOutcome> {
    if (!call.mayTransfer || slotOf(call) !== undefined || call.legs.applicationSide === leg)
      return { kind: 'invalid_state' };
    const settings = call.organization.settings.park ?? defaultParkSettings;
    const free = await this.#free(call.record.org_id, parkingSlots(settings));
    if (free.length === 0)
      return { kind: 'refused', code: 'NO_FREE_SLOT', reason: 'NO_FREE_SLOT', party: otherSide(leg) };
    const returnTo = user === null ? null : { user };
    this.park({ call, side: otherSide(leg) }, { slot: null }, { isReferred: false, returnTo })
      .then((slot) => onSettled(slot === undefined ? { status: 480 } : { status: 200, slot }))
      .catch((error: unknown) => {
        this.#context.fault(error);
        onSettled({ status: 500 });
      });
    return { kind: 'accepted' };
  }

  /** Whether this task has the call of a slot. */
  has(organization: number, slot: string): boolean {
    return this.#inSlot(organization, slot) !== undefined;
  }

  /**
   * Parks the call of a phone, which has another one. @returns what the phone hears
   */
  async parkCallOf({ organization, leg }: Caller): Promise<readonly PromptName[]> {
    const found = [...this.#calls.all()].flatMap((call) => partiesOf(call, organization.org_id, leg));
    const held = found.find(({ call, side }) => connectedLeg(call.record, otherSide(side))?.on_hold === true);
    const leaving = held ?? found.at(-1);
    if (leaving === undefined) return ['not-possible'];
    const slot = await this.park(leaving, { slot: null }, { isReferred: false });
    return slot === undefined ? ['no-free-slot'] : ['parked-at', ...spokenDigits(slot)];
  }

  /** Parks the party that stays, when a phone leaves. @returns the slot; undefined: none is free */
  async park(party: LeavingParty, wanted: WantedSlot, how: HowToPark): Promise<string | undefined> {
    const leave = how.leave ?? party.call.beginLeave(party.side);
    let slot: string | undefined;
    try {
      slot = await this.#park(party, wanted, { ...how, leave });
    } finally {
      leave?.settle(slot === undefined ? full : { status: 200 });
    }
    return slot;
  }

  async #park(
    { call, side }: LeavingParty,
    { slot: wanted }: WantedSlot,
    { isReferred, returnTo, leave }: HowToPark,
  ): Promise<string | undefined> {
    const { organization } = call;
    const settings = organization.settings.park ?? defaultParkSettings;
    const leaving = connectedLeg(call.record, side);
    const slots = parkingSlots(settings).filter((slot) => wanted === null || slot === wanted);
    const { context, fault } = this.#context;
    const by = (leaving && partyOf(leaving)) ?? returnTo ?? null;
    const dependencies = { now: () => context.clock().getTime(), fault };
    const application = parked({ by, return_seconds: settings.return_seconds }, dependencies);
    for (const slot of await this.#free(organization.org_id, slots)) {
      const outcome = await new Promise<Failure>((onSettled) => {
        const asked = { side, isReferred, leave, channels: [channelOf(slot)], limits: limitsOf(slot) };
        this.#newParties
          .beginApplication(call, applicationTarget(slot, application), { ...asked, onSettled })
          .catch((error: unknown) => {
            this.#context.fault(error);
            onSettled({ status: 500 });
          });
      });
      if (outcome.status === 200) {
        this.#record(call, 'call.parked', slot);
        return slot;
      }
      // Another call has taken the slot in between.
      if (outcome.status !== full.status) return undefined;
    }
    return undefined;
  }

  /** Puts a call in which an application speaks into the first free slot. @returns whether there is one */
  async takeSlot(call: RunningCall): Promise<boolean> {
    const { organization } = call;
    const side = call.legs.applicationSide;
    if (side === undefined) return false;
    const { channels } = call.parties;
    const slots = parkingSlots(organization.settings.park ?? defaultParkSettings);
    for (const slot of await this.#free(organization.org_id, slots)) {
      // Another call may have taken the slot in between.
      if (!(await channels.take(side, [...channels.of(side), channelOf(slot)], limitsOf(slot)))) continue;
      this.#record(call, 'call.parked', slot);
      return true;
    }
    return false;
  }

  /** The application of a parked call goes on with it: its slot is free. */
  async leaveSlot({ legs: { applicationSide: side }, parties }: RunningCall): Promise<boolean> {
    if (side !== undefined) parties.freeChannels(side, 'park');
    return false;
  }

  /** Those of some slots that no call is in now. */
  async #free(organization: number, slots: readonly string[]): Promise<readonly string[]> {
    const keys = slots.map((id) => ({ kind: 'park' as const, id }));
    const used = await this.#context.context.tableOf(organization).getAll(channelRow, keys);
    return slots.filter((_slot, at) => (used[at]?.total ?? 0) === 0);
  }

  async #fetch(admitted: AdmittedCall, slot: string, wanted: WantedCall): Promise<void> {
    const { caller, transaction } = admitted;
    const found = this.#inSlot(caller.organization.org_id, slot);
    if (found !== undefined && wanted !== null && found.call.record.id !== wanted) transaction.respond(noDialog);
    else if (found?.call.mayTransfer === false) this.#takeReturning(admitted, found.call, slot);
    else if (found !== undefined) await this.#take(admitted, found, slot);
    else if (!(await this.#ringing.isGiven(admitted, { slot })) && transaction.state === 'proceeding')
      transaction.respond(wanted === null ? none : noDialog);
  }

  async #take(admitted: AdmittedCall, parked: LeavingParty, slot: string): Promise<void> {
    const { call } = parked;
    const stored = call.legs.application?.afterFetch;
    const resumed = stored && { stored, start: await this.#context.applications.resume(call.record.org_id, stored) };
    if (!(await takePlace(this.#context, admitted, parked))) return;
    if (resumed !== undefined) call.goOnAfter(resumed);
    this.#record(call, 'call.fetched', slot);
  }

  /** A call that rings at who parked it is that of the first phone that answers, as one that is picked up. */
  #takeReturning(admitted: AdmittedCall, call: RunningCall, slot: string): void {
    const leg = this.#ringing.take(admitted, call);
    // It is being fetched by another one.
    if (leg === undefined) admitted.transaction.respond({ status: 491 });
    else
      void call.connected(leg).then(() => {
        if (call.legs.sideOf(leg) !== undefined) this.#record(call, 'call.fetched', slot);
      });
  }

  #record({ record, writer }: RunningCall, type: 'call.parked' | 'call.fetched', slot: string): void {
    const { id, org_id: organization } = record;
    const description =
      type === 'call.parked' ? `Call ${id} is parked in ${slot}` : `Call ${id} is fetched from ${slot}`;
    const details = { entity: { type: 'call', id }, description, fields: { slot } } as const;
    writer.record([this.#context.context.recorderOf(organization)(type, details)]);
  }

  /** The application of a slot, whose place a phone may take. */
  #inSlot(organization: number, slot: string): LeavingParty | undefined {
    for (const call of this.#calls.all()) {
      const side = call.record.org_id === organization && slotOf(call) === slot ? call.legs.applicationSide : undefined;
      if (side !== undefined) return { call, side };
    }
    return undefined;
  }
}

/** Whom a call rings at that returns. */
const partyOf = ({ kind, target, user_id: user }: CallLeg): DialedParty | undefined => {
  if (kind === 'device') return { number: target, from_variable: false };
  return user === null ? undefined : { user };
};

/** The sides of a call that are a phone, and may be replaced. */
const partiesOf = (call: RunningCall, organization: number, phone: Caller['leg']): readonly LeavingParty[] =>
  call.record.org_id !== organization || !call.mayTransfer || call.legs.applicationSide !== undefined
    ? []
    : sides
        .filter((side) => {
          const leg = connectedLeg(call.record, side);
          const isDevice = phone.device_id !== null && leg?.device_id === phone.device_id;
          return isDevice || (phone.line !== null && leg?.line === phone.line);
        })
        .map((side) => ({ call, side }));
