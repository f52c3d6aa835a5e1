import type { Walkable } from '#functions/telephony/schema/call-flow.ts';
import type { DialedParty, FlowState } from '#functions/telephony/schema/call-flow-state.ts';
import type { DigitPosition } from '../../media/digit-feed.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { DepositPlace, DepositSetup } from '../dialogs/deposit.ts';
import type { DialogState } from '../dialogs/dialog.ts';
import type { VisitPlace, VisitSetup } from '../dialogs/visit-places.ts';

/** An application in progress, as JSON. */
export type StoredApplication =
  /** The action `answer` of a template. */
  | { readonly kind: 'answer' }
  /** Something is said, and then the call ends: what plays is stored with the leg. */
  | { readonly kind: 'announcement' }
  | StoredDeposit
  | StoredVisit
  | StoredParked
  | StoredFlow;

/** A caller that leaves a message. */
export type StoredDeposit = {
  readonly kind: 'deposit';
  readonly setup: DepositSetup;
  readonly state: DialogState<DepositPlace>;
};

/** A caller that hears the messages of a mailbox. */
export type StoredVisit = {
  readonly kind: 'visit';
  readonly setup: VisitSetup;
  readonly state: DialogState<VisitPlace>;
};

/** A call in a slot. */
export type StoredParked = {
  readonly kind: 'parked';
  /** Whom it rings at when no phone fetches it; null: no one. */
  readonly by: DialedParty | null;
  readonly return_seconds: number;
  /** How often it has. */
  readonly returns: number;
  /** When it does next, in Unix milliseconds. */
  readonly due: number;
};

/** A call on its way through a flow. */
export type StoredFlow = {
  readonly kind: 'flow';
  /** As it was when the call entered it. */
  readonly flow: Walkable;
  readonly state: FlowState;
};

/** The leg of an application, for the task that goes on with it. */
export type MovedApplication = {
  readonly application: StoredApplication;
  readonly playing: PlayingSounds | null;
  /** The last digit that it has taken; null: the task did not hear the relay. */
  readonly digits: DigitPosition | null;
};

/** Sounds that are played one after the other. `until`: when the first one ends, in Unix milliseconds. */
export type PlayingSounds = { readonly sounds: readonly PlayedSound[]; readonly until: number };
