/**
 * The four transaction state machines as tables: RFC 3261 §17.1.1 to §17.2.2, as amended by RFC 6026. An event that a
 * state does not name is ignored in that state.
 */
import type { TimerName } from './timers.ts';

/** A received message, a message that the user sends, a fired timer or a transport error. */
export type TransactionEvent =
  | '1xx'
  | '2xx'
  | '3xx-6xx'
  | 'request'
  | 'ack'
  | 'cancel'
  | 'transport error'
  | `timer ${TimerName}`;

/** What a transition does. */
export type Action =
  /** Sends the request of a client, or the latest response of a server. */
  | 'send'
  /** Passes a response to the client's user, or an ACK to the server's. */
  | 'pass'
  | 'acknowledge'
  | 'send CANCEL'
  | 'send 100'
  | 'report timeout'
  | 'report silence'
  | 'report transport error'
  | `start ${TimerName}`
  /** Starts the timer again with twice its last duration. */
  | `repeat ${TimerName}`;

/** The states of all machines. `terminated` is final. */
export type State =
  | 'calling'
  | 'trying'
  | 'proceeding'
  | 'cancelling'
  | 'cancelled'
  | 'given up'
  | 'completed'
  | 'confirmed'
  | 'accepted'
  | 'terminated';

/** The next state, and the actions on entering it. */
export type Transition = { readonly to: State; readonly actions: readonly Action[] };
type Transitions = Partial<Readonly<Record<TransactionEvent, Transition>>>;

/** A state machine: the initial transition, and the transitions of each state. */
export type Machine = { readonly first: Transition; readonly states: Partial<Readonly<Record<State, Transitions>>> };

const to = (state: State, ...actions: readonly Action[]): Transition => ({ to: state, actions });

/** What ends an INVITE, whether it is cancelled or not. */
const finals: Transitions = {
  '2xx': to('accepted', 'pass', 'start M'),
  '3xx-6xx': to('completed', 'acknowledge', 'pass', 'start D'),
  'transport error': to('terminated', 'report transport error'),
};

const inviteClient: Machine = {
  first: to('calling', 'send', 'start A', 'start B', 'start first', 'start silence'),
  states: {
    calling: {
      ...finals,
      'timer A': to('calling', 'send', 'repeat A'),
      'timer B': to('terminated', 'report timeout'),
      'timer first': to('given up', 'report timeout'),
      'timer silence': to('calling', 'report silence'),
      '1xx': to('proceeding', 'pass'),
      cancel: to('cancelling'),
    },
    proceeding: {
      ...finals,
      '1xx': to('proceeding', 'pass'),
      cancel: to('cancelled', 'send CANCEL', 'start cancelled'),
    },
    // RFC 3261 §9.1: a CANCEL waits for the first provisional response. Until then the INVITE is repeated.
    cancelling: {
      ...finals,
      'timer A': to('cancelling', 'send', 'repeat A'),
      'timer B': to('terminated', 'report timeout'),
      '1xx': to('cancelled', 'send CANCEL', 'pass', 'start cancelled'),
    },
    // RFC 3261 §9.1: without a final response 64 T1 after the CANCEL, the INVITE counts as cancelled.
    cancelled: { ...finals, '1xx': to('cancelled', 'pass'), 'timer cancelled': to('terminated', 'report timeout') },
    // Another server has been tried since. If this one answers after all, it must not ring for ever.
    'given up': {
      ...finals,
      'timer B': to('terminated'),
      '1xx': to('cancelled', 'send CANCEL', 'start cancelled'),
    },
    completed: {
      '3xx-6xx': to('completed', 'acknowledge'),
      'timer D': to('terminated'),
      'transport error': to('terminated', 'report transport error'),
    },
    // RFC 6026 §7.2: the user receives the 2xx of each branch of a fork, and acknowledges it.
    accepted: { '2xx': to('accepted', 'pass'), 'timer M': to('terminated') },
  },
};

const client: Machine = {
  first: to('trying', 'send', 'start E', 'start F'),
  states: {
    trying: {
      'timer E': to('trying', 'send', 'repeat E'),
      'timer F': to('terminated', 'report timeout'),
      '1xx': to('proceeding', 'pass'),
      '2xx': to('completed', 'pass', 'start K'),
      '3xx-6xx': to('completed', 'pass', 'start K'),
      'transport error': to('terminated', 'report transport error'),
    },
    proceeding: {
      'timer E': to('proceeding', 'send', 'repeat E'),
      'timer F': to('terminated', 'report timeout'),
      '1xx': to('proceeding', 'pass'),
      '2xx': to('completed', 'pass', 'start K'),
      '3xx-6xx': to('completed', 'pass', 'start K'),
      'transport error': to('terminated', 'report transport error'),
    },
    completed: { 'timer K': to('terminated') },
  },
};

const inviteServer: Machine = {
  first: to('proceeding', 'start trying'),
  states: {
    proceeding: {
      'timer trying': to('proceeding', 'send 100'),
      request: to('proceeding', 'send'),
      '1xx': to('proceeding', 'send'),
      '2xx': to('accepted', 'send', 'start L'),
      '3xx-6xx': to('completed', 'send', 'start G', 'start H'),
      'transport error': to('proceeding', 'report transport error'),
    },
    completed: {
      request: to('completed', 'send'),
      'timer G': to('completed', 'send', 'repeat G'),
      'timer H': to('terminated', 'report timeout'),
      ack: to('confirmed', 'start I'),
      'transport error': to('completed', 'report transport error'),
    },
    confirmed: { 'timer I': to('terminated') },
    // RFC 6026 §7.1: the user repeats its 2xx until the ACK arrives; the transaction only absorbs retransmissions of
    // the INVITE.
    accepted: {
      '2xx': to('accepted', 'send'),
      ack: to('accepted', 'pass'),
      'timer L': to('terminated'),
      'transport error': to('accepted', 'report transport error'),
    },
  },
};

const server: Machine = {
  first: to('trying', 'start lifetime'),
  states: {
    trying: {
      '1xx': to('proceeding', 'send', 'start lifetime'),
      '2xx': to('completed', 'send', 'start J'),
      '3xx-6xx': to('completed', 'send', 'start J'),
      'timer lifetime': to('terminated', 'report timeout'),
    },
    proceeding: {
      request: to('proceeding', 'send'),
      '1xx': to('proceeding', 'send'),
      '2xx': to('completed', 'send', 'start J'),
      '3xx-6xx': to('completed', 'send', 'start J'),
      'timer lifetime': to('terminated', 'report timeout'),
      'transport error': to('terminated', 'report transport error'),
    },
    completed: {
      request: to('completed', 'send'),
      'timer J': to('terminated'),
      'transport error': to('terminated', 'report transport error'),
    },
  },
};

/** The machine of each kind of transaction. */
export const machines = { inviteClient, client, inviteServer, server } as const;

/** The event of a response that a client receives, or that a server's user sends. */
export function responseEvent(status: number): '1xx' | '2xx' | '3xx-6xx' {
  if (status < 200) return '1xx';
  return status < 300 ? '2xx' : '3xx-6xx';
}
