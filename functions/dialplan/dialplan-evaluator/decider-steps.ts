import { tryCommit } from '#dynamodb/commit.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { transact } from '#dynamodb/transact.ts';
import { AppError } from '#errors.ts';
import type { CallerIdentity } from '#telephony/caller-identity.ts';
import type { Reservation } from '../../billing/reservations/reservation.ts';
import type { Recorder } from '#runtime/event-record.ts';
import { money, type Money } from '#schema/money.ts';
import type { LimitedDecision } from './call-limits.ts';
import { isInboundDeniedBySeller, leavesAmple, payableInbound, type Account } from './credit.ts';
import { evaluate, newProcess, type DecisionContext } from './decision-steps.ts';
import { carryingService, reserved } from './offered-reservation.ts';
import {
  endCall,
  extendCall,
  noSettlement,
  reserveOffer,
  settleCall,
  sourceOf,
  type Settlement,
} from './reservation-steps.ts';
import { reservationReleaseWrite } from './store.ts';

/** A call that the SIP sidecar decides. */
export type DecidableCall = {
  readonly organization: OrganizationItem;
  /** As in its CDR. */
  readonly callId: string;
  /** The dialed string. */
  readonly called: string;
  /** The caller's number; undefined: withheld. */
  readonly caller: string | undefined;
  readonly userId: string | undefined;
  /** Whether the caller was verified. Absent: it was not. */
  readonly stir?: CallerIdentity | undefined;
  /** Whether it reserves what it may cost. */
  readonly reserves: boolean;
  /** Whether it is in progress, and is transferred: it counts among the calls in progress already. Default: no. */
  readonly isInProgress?: boolean;
  /** Whether it is an emergency call that its own decision has left without a way. Default: no. */
  readonly isLastResort?: boolean;
};

/** An inbound call to a number of an organization. */
export type DecidableInboundCall = Pick<DecidableCall, 'organization' | 'callId'> & {
  /** E.164. */
  readonly number: string;
};

/** How long an inbound call may last, in seconds (null: no limit), and what it has reserved. */
export type InboundDecision =
  | { readonly isAllowed: false }
  | { readonly isAllowed: true; readonly seconds: number | null; readonly reservedUntil: string | null };

/** Decides calls, and renews or ends their reservations, without HTTP. */
export type CallDecider = {
  /** @throws AppError UNKNOWN_USER, or UNAVAILABLE if the store is too busy */
  readonly decide: (call: DecidableCall) => Promise<LimitedDecision>;
  /**
   * Whether the organization and its reseller pay for an inbound call, if their sellers have such calls rejected
   * without credit. A prepaid organization reserves then what it may cost.
   * @throws Contention, or AppError UNAVAILABLE if the store is too busy
   */
  readonly decideInbound: (call: DecidableInboundCall) => Promise<InboundDecision>;
  /** The same process, which reads from other tables: for the decision of one call. */
  readonly reading: (tableOf: DecisionContext['tableOf']) => Pick<CallDecider, 'decide' | 'decideInbound'>;
  /**
   * Raises the reservation of a call.
   * @returns longest call in seconds; null if it has no reservation
   * @throws AppError UNAVAILABLE while others keep changing the account
   */
  readonly renew: (organization: OrganizationItem, callId: string) => Promise<number | null>;
  /** Ends the reservation of a call that was not answered, if it has one. */
  readonly release: (organization: OrganizationItem, callId: string) => Promise<void>;
  /**
   * What the reservations of an ended call give back, for the transaction that ends it: what no CDR will charge. The
   * first time, those that were made here are not read: they have hardly ever changed, and the transaction fails then.
   * @param tableOf tables to read from. Default: those of the process
   */
  readonly settle: (
    organization: OrganizationItem,
    legs: readonly EndedLeg[],
    tableOf?: DecisionContext['tableOf'],
  ) => Promise<Settlement>;
  /** Whether an organization had so much left at its last call here that another reservation did not matter. */
  readonly isAmple: (organization: number) => boolean;
};

/** Reservations, and organizations, that a process knows at most. */
const maxKnown = 20_000;

/** A leg of an ended call that a reservation pays for. */
export type EndedLeg = {
  readonly reservation: string;
  readonly gateway: string | null;
  /** As the consumer of CDRs gets it; undefined: it has none. */
  readonly cdr: object | undefined;
};

/** Gives back what the reservations of an organization release together. */
export const releaseOf = (released: Money) => reservationReleaseWrite(released);

const by = carryingService;

/** The dependencies of a decider. */
export type DeciderDependencies = Omit<DecisionContext, 'table'> & {
  readonly clock: () => Date;
  readonly random: () => number;
  readonly recorderOf: (organization: number) => Recorder;
  /** Receives the errors of effects, which change no decision. */
  readonly onFailure: (error: unknown) => void;
};

/** The evaluator of a process that carries out calls itself, with its own plans in memory. */
export function callDecider({ clock, recorderOf, onFailure, ...dependencies }: DeciderDependencies): CallDecider {
  const process = newProcess(onFailure, clock);
  const known = knownReservations();
  const ample = ampleOrganizations();
  const contextOf = ({ org_id: organization }: OrganizationItem, tableOf = dependencies.tableOf): DecisionContext => ({
    ...dependencies,
    tableOf,
    table: tableOf(organization),
    onReserved: (reservation, account) => {
      known.add(reservation);
      ample.note(organization, reservation, account);
    },
  });
  const accountOf = (organization: OrganizationItem, callId: string, tableOf?: DecisionContext['tableOf']) =>
    sourceOf({ callId, by }, process, { organization }, contextOf(organization, tableOf));
  const reading = (tableOf?: DecisionContext['tableOf']): Pick<CallDecider, 'decide' | 'decideInbound'> => ({
    decide: async ({ organization, callId, called, caller, userId, stir, reserves, isInProgress, isLastResort }) => {
      const now = clock();
      const deciding = { organization, now, record: recorderOf(organization.org_id), by, reserves, isInProgress };
      const { verstat, attestation } = stir ?? {};
      const of = { called, caller, verstat, attestation, userId, callId };
      const call = { ...of, at: now.toISOString(), dryRun: false, isLastResort };
      return (await evaluate(process, deciding, contextOf(organization, tableOf), call)).decision;
    },
    decideInbound: async ({ organization, callId, number }) => {
      const account = accountOf(organization, callId, tableOf);
      const call = { number, at: clock().toISOString() };
      const [payable, isDenied] = await Promise.all([
        payableInbound(call, account),
        isInboundDeniedBySeller(call, account),
      ]);
      if (isDenied || payable === 0) return { isAllowed: false };
      if (payable === null || typeof payable === 'number')
        return { isAllowed: true, seconds: payable, reservedUntil: null };
      const { store, onReserved } = contextOf(organization, tableOf);
      const payer = { store, organization: organization.org_id, account, by, onReserved };
      const { duration, reservation } = await reserveOffer(payable, callId, payer);
      return duration === 0
        ? { isAllowed: false }
        : { isAllowed: true, seconds: duration, reservedUntil: reservation?.expires_at ?? null };
    },
  });
  return {
    ...reading(),
    reading,
    renew: async (organization, callId) => {
      known.take(callId);
      let duration: number | null = null;
      const decide = async () => {
        const account = accountOf(organization, callId);
        const extended = await extendCall(account, organization.org_id, clock()).catch(nullIfNotFound);
        duration = extended === null ? null : reserved(extended.reservation).duration;
        return extended?.writes ?? [];
      };
      await transact({ ...dependencies, clock }, { organization: organization.org_id, decide });
      return duration;
    },
    release: async (organization, callId) => {
      known.take(callId);
      const { writes } = await endCall(accountOf(organization, callId));
      if (writes.length > 0) await tryCommit(dependencies.store, organization.org_id, writes);
    },
    settle: async (organization, legs, tableOf) => {
      const settled = ({ reservation: id, ...leg }: EndedLeg): Promise<Settlement> => {
        const account = accountOf(organization, id, tableOf);
        const made = known.take(id);
        const source = made === undefined ? account : { ...account, reservation: async () => made };
        return settleCall(source, organization.org_id, leg);
      };
      return (await Promise.all(legs.map(settled))).reduce(sumOfSettlements, noSettlement);
    },
    isAmple: ample.has,
  };
}

const sumOfSettlements = (sum: Settlement, { writes, released }: Settlement): Settlement => ({
  writes: [...sum.writes, ...writes],
  released: money(sum.released + released),
});

/** The organizations to which a reservation of the size of their last one does not matter. */
function ampleOrganizations() {
  const all = new Set<number>();
  return {
    note: (organization: number, { amount }: Reservation, account: Account): void => {
      all.delete(organization);
      if (leavesAmple(account, amount)) all.add(organization);
      const [oldest] = all;
      if (oldest !== undefined && all.size > maxKnown) all.delete(oldest);
    },
    has: (organization: number): boolean => all.has(organization),
  };
}

/** The reservations that this process has made and not changed since. */
function knownReservations() {
  const all = new Map<string, Reservation>();
  return {
    add: (reservation: Reservation): void => {
      all.set(reservation.call_id, reservation);
      const [oldest] = all.keys();
      if (oldest !== undefined && all.size > maxKnown) all.delete(oldest);
    },
    /** Takes one out: the next time it is read. */
    take: (callId: string): Reservation | undefined => {
      const taken = all.get(callId);
      all.delete(callId);
      return taken;
    },
  };
}

const nullIfNotFound = (error: unknown): null => {
  if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
  throw error;
};
