import { channelRow } from '#dynamodb/rows/channel.ts';
import type { CallLeg } from '#schema/call.ts';
import type { PromptName } from '#schema/prompt.ts';
import { featureOf } from '#telephony/feature-codes.ts';
import { defaultParkSettings, parkingSlots, slotOfLine } from '#telephony/parking.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { DialedParty } from '#functions/telephony/schema/call-flow-state.ts';
import { spokenDigits } from '../../media/spoken.ts';
import type { Failure } from '../call/hunt.ts';
import { connectedLeg } from '../call/record.ts';
import { otherSide, sides } from '../call/state.ts';
import type { Uses } from '../context.ts';
import { userIn, type Caller } from '../routing/caller.ts';
import { parked } from '../routing/parked.ts';
import { applicationTarget } from '../routing/template-actions.ts';
import type { AdmittedCall, Calls } from '../running/calls.ts';
import type { RunningCall } from '../running/running-call.ts';
import type { LeavingParty } from './joining.ts';
import { takePlace } from './pickup.ts';
import type { RingingCalls } from './ringing-calls.ts';
import type { Transfers } from './transfers.ts';

type ParkingContext = Uses<{ context: 'tableOf'; sessions: 'accept'; fault: true }>;

/** What is asked of a slot; `slot` null: any. */
export type WantedSlot = { readonly slot: string | null };

const none = { status: 404, reason: 'No Parked Call' } as const;
const full: Failure = { status: 486 };

/** What a phone asks for by the code for parking, or by the line of a slot. Undefined: it dials something else. */
export function wantedSlot(dialed: string, { settings, country }: OrganizationItem): WantedSlot | undefined {
  const slot = slotOfLine(dialed);
  if (slot !== undefined) return { slot };
  const asked = featureOf(dialed, settings.feature_codes ?? {}, country);
  return asked?.name === 'park' ? { slot: asked.argument } : undefined;
}

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
  readonly #transfers: Pick<Transfers, 'beginApplication'>;
  readonly #ringing: Pick<RingingCalls, 'isGiven'>;

  constructor(
    context: ParkingContext,
    calls: Pick<Calls, 'all'>,
    others: {
      readonly transfers: Pick<Transfers, 'beginApplication'>;
      readonly ringing: Pick<RingingCalls, 'isGiven'>;
    },
  ) {
    this.#context = context;
    this.#calls = calls;
    this.#transfers = others.transfers;
    this.#ringing = others.ringing;
  }

  /** An INVITE of a phone that fetches the call of a slot. Undefined: it does not. */
  onCode(admitted: AdmittedCall): Promise<void> | undefined {
    const { caller, request } = admitted;
    const wanted = caller.began_by === 'phone' ? wantedSlot(userIn(request.uri), caller.organization) : undefined;
    return wanted?.slot == null ? undefined : this.#fetch(admitted, wanted.slot);
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
  async park(
    { call, side }: LeavingParty,
    { slot: wanted }: WantedSlot,
    { isReferred }: { readonly isReferred: boolean },
  ): Promise<string | undefined> {
    const { organization } = call;
    const settings = organization.settings.park ?? defaultParkSettings;
    const leaving = connectedLeg(call.record, side);
    const slots = parkingSlots(settings).filter((slot) => wanted === null || slot === wanted);
    const application = parked({
      by: leaving && partyOf(leaving),
      returnSeconds: settings.return_seconds,
      fault: this.#context.fault,
    });
    for (const slot of await this.#free(organization.org_id, slots)) {
      const outcome = await new Promise<Failure>((onSettled) => {
        const asked = { side, isReferred, channels: [{ kind: 'park', id: slot, direction: 'inbound' }] } as const;
        const limits = { [`park/${slot}`]: { total: 1 } };
        this.#transfers
          .beginApplication(call, applicationTarget(slot, application), { ...asked, limits, onSettled })
          .catch((error: unknown) => {
            this.#context.fault(error);
            onSettled({ status: 500 });
          });
      });
      if (outcome.status === 200) return slot;
      // Another call has taken the slot in between.
      if (outcome.status !== full.status) return undefined;
    }
    return undefined;
  }

  /** Those of some slots that no call is in now. */
  async #free(organization: number, slots: readonly string[]): Promise<readonly string[]> {
    const keys = slots.map((id) => ({ kind: 'park' as const, id }));
    const used = await this.#context.context.tableOf(organization).getAll(channelRow, keys);
    return slots.filter((_slot, at) => (used[at]?.total ?? 0) === 0);
  }

  async #fetch(admitted: AdmittedCall, slot: string): Promise<void> {
    const { caller, transaction } = admitted;
    const found = this.#inSlot(caller.organization.org_id, slot);
    // It is being fetched, or rings at who parked it.
    if (found?.call.mayTransfer === false) transaction.respond({ status: 491 });
    else if (found !== undefined) await takePlace(this.#context, admitted, found);
    else if (!(await this.#ringing.isGiven(admitted, { slot })) && transaction.state === 'proceeding')
      transaction.respond(none);
  }

  /** The application of a slot, whose place a phone may take. */
  #inSlot(organization: number, slot: string): LeavingParty | undefined {
    for (const call of this.#calls.all()) {
      const side = call.record.org_id === organization && slotOf(call) === slot ? call.applicationSide : undefined;
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
  call.record.org_id !== organization || !call.mayTransfer || call.applicationSide !== undefined
    ? []
    : sides
        .filter((side) => {
          const leg = connectedLeg(call.record, side);
          const isDevice = phone.device_id !== null && leg?.device_id === phone.device_id;
          return isDevice || (phone.line !== null && leg?.line === phone.line);
        })
        .map((side) => ({ call, side }));
