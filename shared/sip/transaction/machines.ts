/**
 * The four machines as tables: RFC 3261 §17.1.1 to §17.2.2 as RFC 6026 amends them. What a state does not name is
 * absorbed there.
 */
import type { TimerName } from './timers.ts';

/** A message from the network, by its class, or one that the user sends. */
export type TransactionEvent = '1xx' | '2xx' | '3xx-6xx' | 'request' | 'ack' | 'transport error' | `timer ${TimerName}`;

export type Action =
  /** The transaction's own message: the request of a client, the latest response of a server. */
  | 'send'
  /** The response to the client's user; the ACK to the server's. */
  | 'pass'
  | 'acknowledge'
  | 'send 100'
  | 'tell timeout'
  | 'tell transport error'
  | `start ${TimerName}`
  /** Twice as long as before. */
  | `repeat ${TimerName}`;

export type State = 'calling' | 'trying' | 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';

export type Transition = { readonly to: State; readonly actions: readonly Action[] };
type Transitions = Partial<Readonly<Record<TransactionEvent, Transition>>>;

export type Machine = { readonly first: Transition; readonly states: Partial<Readonly<Record<State, Transitions>>> };

const to = (state: State, ...actions: readonly Action[]): Transition => ({ to: state, actions });

const inviteClient: Machine = {
  first: to('calling', 'send', 'start A', 'start B'),
  states: {
    calling: {
      'timer A': to('calling', 'send', 'repeat A'),
      'timer B': to('terminated', 'tell timeout'),
      '1xx': to('proceeding', 'pass'),
      '2xx': to('accepted', 'pass', 'start M'),
      '3xx-6xx': to('completed', 'acknowledge', 'pass', 'start D'),
      'transport error': to('terminated', 'tell transport error'),
    },
    proceeding: {
      '1xx': to('proceeding', 'pass'),
      '2xx': to('accepted', 'pass', 'start M'),
      '3xx-6xx': to('completed', 'acknowledge', 'pass', 'start D'),
      'transport error': to('terminated', 'tell transport error'),
    },
    completed: {
      '3xx-6xx': to('completed', 'acknowledge'),
      'timer D': to('terminated'),
      'transport error': to('terminated', 'tell transport error'),
    },
    // RFC 6026 §7.2: each 2xx, of whatever branch of a fork, goes to the user, who acknowledges it.
    accepted: { '2xx': to('accepted', 'pass'), 'timer M': to('terminated') },
  },
};

const client: Machine = {
  first: to('trying', 'send', 'start E', 'start F'),
  states: {
    trying: {
      'timer E': to('trying', 'send', 'repeat E'),
      'timer F': to('terminated', 'tell timeout'),
      '1xx': to('proceeding', 'pass'),
      '2xx': to('completed', 'pass', 'start K'),
      '3xx-6xx': to('completed', 'pass', 'start K'),
      'transport error': to('terminated', 'tell transport error'),
    },
    proceeding: {
      'timer E': to('proceeding', 'send', 'repeat E'),
      'timer F': to('terminated', 'tell timeout'),
      '1xx': to('proceeding', 'pass'),
      '2xx': to('completed', 'pass', 'start K'),
      '3xx-6xx': to('completed', 'pass', 'start K'),
      'transport error': to('terminated', 'tell transport error'),
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
      'transport error': to('proceeding', 'tell transport error'),
    },
    completed: {
      request: to('completed', 'send'),
      'timer G': to('completed', 'send', 'repeat G'),
      'timer H': to('terminated', 'tell timeout'),
      ack: to('confirmed', 'start I'),
      'transport error': to('completed', 'tell transport error'),
    },
    confirmed: { 'timer I': to('terminated') },
    // RFC 6026 §7.1: the user repeats its 2xx until the ACK comes; the transaction only absorbs the INVITE's
    // repetitions.
    accepted: {
      '2xx': to('accepted', 'send'),
      ack: to('accepted', 'pass'),
      'timer L': to('terminated'),
      'transport error': to('accepted', 'tell transport error'),
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
      'timer lifetime': to('terminated', 'tell timeout'),
    },
    proceeding: {
      request: to('proceeding', 'send'),
      '1xx': to('proceeding', 'send'),
      '2xx': to('completed', 'send', 'start J'),
      '3xx-6xx': to('completed', 'send', 'start J'),
      'timer lifetime': to('terminated', 'tell timeout'),
      'transport error': to('terminated', 'tell transport error'),
    },
    completed: {
      request: to('completed', 'send'),
      'timer J': to('terminated'),
      'transport error': to('terminated', 'tell transport error'),
    },
  },
};

export const machines = { inviteClient, client, inviteServer, server } as const;

/** The event that a response is, received by a client or sent by a server's user. */
export const responseEvent = (status: number): '1xx' | '2xx' | '3xx-6xx' =>
  status < 200 ? '1xx' : status < 300 ? '2xx' : '3xx-6xx';
