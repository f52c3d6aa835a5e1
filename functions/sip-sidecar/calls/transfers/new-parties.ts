import type { Call } from '#telephony/call.ts';
import { second } from '#schema/time.ts';
import type { Uses } from '../running/context.ts';
import { internal, type RoutedCall, type Route } from '../routing/route.ts';
import { presentedTo } from '../legs/invitation.ts';
import type { WantedTransfer } from '../running/parties.ts';
import type { Failure } from '../call/hunt.ts';
import type { RunningCall } from '../running/running-call.ts';
import { transferReservation, endsByCdr } from '../call/limits.ts';
import { otherSide } from '../call/state.ts';
import type { StartApplication } from '../applications/application.ts';
import { applicationTarget, type Target } from '../routing/target.ts';

/** New parties of answered calls. */

type NewPartiesContext = Uses<{ context: 'clock'; directory: 'ownNumber'; decider: 'release'; fault: true }>;

/** For whom the dial plan decides. */
export type Payer = Pick<RoutedCall, 'organization' | 'caller' | 'userId' | 'stir' | 'reserves'>;

/** Who asks for a transfer, and what becomes of it. */
type Asked = Pick<WantedTransfer, 'side' | 'isReferred' | 'leave' | 'onProgress' | 'ringTime'> & {
  readonly original?: string | null;
  readonly onSettled: (outcome: Failure) => void;
};

/** Calls new parties of answered calls, each of which has a reservation of its own. */
export class NewParties {
  readonly #context: NewPartiesContext;
  /** The number of the last transfer of each call. */
  readonly #counts = new WeakMap<RunningCall, number>();

  constructor(context: NewPartiesContext) {
    this.#context = context;
  }

  /** Calls a new party, which takes the place of that of a side when it has answered. */
  async begin(
    call: RunningCall,
    { payer, count, onSettled, original = null, ...asked }: Asked & { readonly payer: Payer; readonly count: number },
    { attempts, channels, limits, limit }: Extract<Route, { kind: 'routed' }>,
  ): Promise<void> {
    const { context, decider, fault } = this.#context;
    const now = context.clock().getTime();
    const { organization, caller } = payer;
    const reservation = transferReservation(call.record.id, count);
    const from = (now - (call.state.answeredAt ?? now)) / second;
    await call.transfer({
      ...asked,
      id: reservation,
      count,
      attempts,
      channels,
      limits,
      limited: { side: asked.side, reservation, limit, from },
      presented: { ...presentedTo(call.record, otherSide(asked.side), caller), original },
      onSettled: (outcome) => {
        // The CDR of a party that has answered, and did not accept the call, ends its reservation.
        const isCharged = outcome.status === 200 || endsByCdr(reservation, call.record);
        if (!isCharged) decider.release(organization, reservation).catch(fault);
        onSettled(outcome);
      },
    });
  }

  /** The number of a new transfer of a call: each has a reservation, and a CDR, of its own. */
  nextCount(call: RunningCall): number {
    // Those of a call that another task began have left their legs, with numbers; one that was denied has left none.
    const { legs } = call.record;
    const numbers = legs.map(({ transfer = 0 }) => transfer);
    const count = Math.max(this.#counts.get(call) ?? 0, legs.length - 2, ...numbers) + 1;
    this.#counts.set(call, count);
    return count;
  }

  /** An application goes on with the caller, whose callee has hung up. */
  goOn(call: RunningCall, start: StartApplication): void {
    const { record, organization } = call;
    const attempts = [[applicationTarget(record.numbers.called ?? record.destination.to.user, start)]];
    const asked = {
      side: 'destination',
      isReferred: true,
      onProgress: () => undefined,
      onSettled: () => undefined,
    } as const;
    const payer = { organization, caller: null, userId: null, reserves: false };
    this.begin(call, { ...asked, payer, count: this.nextCount(call) }, { ...internal([]), attempts }).catch(
      this.#context.fault,
    );
  }

  /** An application takes the place of a party. @param channels that it takes, with their limits */
  beginApplication(
    call: RunningCall,
    target: Target,
    {
      channels,
      limits,
      ...asked
    }: Pick<Asked, 'side' | 'isReferred' | 'leave' | 'onSettled'> & Pick<WantedTransfer, 'channels' | 'limits'>,
  ): Promise<void> {
    const payer = { organization: call.organization, caller: null, userId: null, reserves: false };
    const route = { ...internal([]), attempts: [[target]], channels, limits };
    return this.begin(call, { ...asked, onProgress: () => undefined, payer, count: this.nextCount(call) }, route);
  }

  /** The number of the organization that the call goes over: its own caller, or the one that was called. */
  async ownNumberOf({ org_id: organization, numbers, direction }: Call): Promise<string | null> {
    const number = direction === 'inbound' ? numbers.called : (numbers.billing ?? numbers.asserted);
    return number === null ? null : ((await this.#context.directory.ownNumber(organization, number))?.number ?? null);
  }
}
