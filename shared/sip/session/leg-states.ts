/** The life of a dialog of an INVITE as a table (RFC 3261 §13 to §15; states of RFC 5407 §2 in brackets). */

export type LegState =
  /** No 2xx yet [early]. */
  | 'early'
  /** We sent a 2xx and wait for its ACK [moratorium]. */
  | 'unacknowledged'
  /** The same, but we have ended the session: the BYE waits for the ACK (RFC 3261 §15). */
  | 'ending'
  | 'established'
  /** We sent a BYE, which is not answered yet [mortal]. */
  | 'leaving'
  /** The peer sent a BYE before the ACK of our 2xx, which is still repeated to end its INVITE [mortal]. */
  | 'drained'
  | 'over';

export type LegEvent =
  /** We sent a 2xx. */
  | 'accept'
  /** We received a 2xx. */
  | 'confirm'
  | 'ack'
  /** No ACK in 64 T1. */
  | 'no ack'
  /** We end the session. */
  | 'end'
  /** The peer ends it. */
  | 'bye'
  /** Our BYE has a final response, or gets none. */
  | 'bye answered'
  /** Another fork answered, or the INVITE failed. */
  | 'drop'
  /** Another task goes on with the dialog. */
  | 'hand over';

export type LegAction = 'report' | 'send BYE' | 'leave';

export type LegTransition = { readonly to: LegState; readonly actions: readonly LegAction[] };

const to = (state: LegState, ...actions: readonly LegAction[]): LegTransition => ({ to: state, actions });

/** An event that a state does not name is ignored in that state. */
export const legStates: Readonly<Record<LegState, Partial<Readonly<Record<LegEvent, LegTransition>>>>> = {
  early: {
    accept: to('unacknowledged'),
    confirm: to('established'),
    bye: to('over', 'report', 'leave'),
    drop: to('over', 'leave'),
  },
  unacknowledged: {
    ack: to('established'),
    'no ack': to('leaving', 'report', 'send BYE'),
    end: to('ending', 'report'),
    bye: to('drained', 'report'),
  },
  ending: { ack: to('leaving', 'send BYE'), 'no ack': to('leaving', 'send BYE'), bye: to('drained') },
  established: {
    'no ack': to('leaving', 'report', 'send BYE'),
    end: to('leaving', 'report', 'send BYE'),
    bye: to('over', 'report', 'leave'),
    'hand over': to('over', 'leave'),
  },
  leaving: { 'bye answered': to('over', 'leave') },
  drained: { ack: to('over', 'leave'), 'no ack': to('over', 'leave') },
  over: {},
};

/** States in which the session goes on, and requests other than BYE are processed. */
export const isAlive = (state: LegState): boolean =>
  state === 'early' || state === 'unacknowledged' || state === 'established';
