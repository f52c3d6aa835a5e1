import { hash, randomBytes } from 'node:crypto';
import { header } from '#sip/header-kinds.ts';
import { parseMessage, serialize, type SipMessage, type SipRequest, type SipResponse } from '#sip/message.ts';
import type { SessionTable } from '#sip/session/session.ts';
import { endOfAnswer, isAnswer } from '#sip/session/stray-answer.ts';
import { isProportionate } from '#sip/transaction/amplification.ts';
import type { ClientListener, ClientTransaction } from '#sip/transaction/client.ts';
import { TransactionLayer } from '#sip/transaction/layer.ts';
import type { State } from '#sip/transaction/machines.ts';
import { serverKey } from '#sip/transaction/matching.ts';
import type { Timers } from '#sip/transaction/timers.ts';
import { newVia, type Via } from '#sip/via.ts';
import { branchOfTask, taskNamedBy } from '../relay/named-task.ts';
import { Reception, type ReceptionDependencies } from './reception.ts';
import type { Transaction } from './request-handler.ts';
import { transactionFlow, type TransactionFlow } from './transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';
import { keepFlowAlive } from '../transport/keep-alives.ts';

/** Concurrent transactions: a few thousand requests a second, each of which lasts 32 s. */
const maxTransactions = 200_000;

/** 64 random bits (RFC 3261 §19.3 demands 32). */
export const newTag = (): string => randomBytes(8).toString('hex');

const tagSecret = randomBytes(32).toString('hex');
/** 64 bits that only this process knows, the same for a retransmission of the request. */
const tagOf = (request: SipRequest): string => hash('sha256', `${tagSecret} ${serverKey(request)}`).slice(0, 16);

/** The dependencies of the stack. */
export type StackDependencies = Pick<
  ReceptionDependencies,
  'handlers' | 'mayChallenge' | 'onArrival' | 'passOn' | 'fault' | 'now'
> & {
  /** Sends on a flow. `failed` is called later if that is not possible. */
  readonly send: (bytes: Buffer, flow: Flow, failed: () => void) => void;
  /** Id of the task. */
  readonly task: string;
  readonly timers: Timers;
  readonly sessions: SessionHooks;
  readonly gate: SourceHooks;
  /** Host and port of our Via. */
  readonly advertised: { readonly host: string; readonly port: number };
  /** Called with the flow of each request that we send. */
  readonly onRequestSent: (flow: Flow) => void;
  /** Called with the flow of each request of ours that is answered. */
  readonly onAnswered: (flow: Flow) => void;
};

/** The SIP stack of a task: receives packets and sends requests. */
export type SipStack = Pick<Reception, 'receive'> & {
  /** Sends a request on a flow. False if the limit of transactions is reached. */
  readonly request: (request: SipRequest, flow: Flow, listener: ClientListener) => boolean;
  /**
   * As `request`, for a request that may be cancelled. Undefined if the limit is reached.
   * @param failover seconds without any response after which an INVITE is given up; default: it is not
   */
  readonly begin: (
    request: SipRequest,
    flow: Flow,
    listener: ClientListener,
    failover?: number,
  ) => ClientTransaction<TransactionFlow> | undefined;
  /** Goes on with an INVITE that another task has sent; nothing is sent. Undefined if the limit is reached. */
  readonly resume: (
    invite: SipRequest,
    flow: Flow,
    listener: ClientListener,
  ) => ClientTransaction<TransactionFlow> | undefined;
  /**
   * Goes on with an INVITE that another task has received on a flow. Undefined if it came here, too, or the limit is
   * reached.
   * @param toTag of the responses of that task
   */
  readonly adopt: (invite: SipRequest, flow: Flow, toTag: string) => Transaction | undefined;
  /** Sends a request without a transaction: the ACK of a 2xx. */
  readonly transmit: (request: SipRequest, flow: Flow) => void;
  /** Whether a packet is a response to a request of ours. */
  readonly isAwaited: (packet: Buffer) => boolean;
  /** Whether a message belongs to a transaction in progress: a response, an INVITE, or a CANCEL by its INVITE. */
  readonly isOurs: (message: SipMessage) => boolean;
  /** Our Via with a new branch. */
  readonly via: (flow: Flow) => Via;
  readonly newTag: () => string;
  /** Transactions in progress. */
  readonly transactions: () => number;
  /** Answers requests in progress, then ends all transactions, as retransmissions would find closed sockets. */
  readonly close: () => Promise<void>;
};

/** Calls `fire` after some milliseconds. @returns a function that cancels the timer */
export const setTimer = (milliseconds: number, fire: () => void): (() => void) => {
  const timer = setTimeout(fire, milliseconds);
  return () => clearTimeout(timer);
};

/** States of an INVITE before its final response. */
const ringingStates: ReadonlySet<State> = new Set(['calling', 'proceeding']);

/** Every response begins with its version (RFC 3261 §7.2). */
const beginsResponse = (packet: Buffer): boolean => packet.subarray(0, 4).equals(responseStart);
const responseStart = Buffer.from('SIP/');

/** What the sessions of calls take from the transaction layer. Who sends an ACK or a CANCEL is judged before. */
export type SessionHooks = Pick<SessionTable<TransactionFlow>, 'onCancel' | 'onStrayResponse' | 'onServerFailure'>;

/** Judges who sends ACK and CANCEL. */
export type SourceHooks = {
  /** The ACK of a 2xx. From elsewhere it is no ACK. */
  readonly onAck: (ack: SipRequest, flow: TransactionFlow) => void;
  /** Whether a CANCEL, or an ACK with its branch, comes from where an INVITE came from. */
  readonly isOfSource: (invite: Transaction, flow: TransactionFlow) => boolean;
};

function newLayer(
  send: StackDependencies['send'],
  reception: () => Reception,
  {
    timers,
    sessions,
    gate,
    onStrayAnswer,
  }: Pick<StackDependencies, 'timers' | 'sessions' | 'gate'> & {
    /** The 2xx of an INVITE of which no one knows. */
    readonly onStrayAnswer: (answer: SipResponse, flow: TransactionFlow) => void;
  },
): TransactionLayer<TransactionFlow> {
  return new TransactionLayer<TransactionFlow>({
    setTimer,
    timers,
    newTag: tagOf,
    max: maxTransactions,
    send: (bytes, { flow }, failed) => send(bytes, flow, failed),
    user: {
      onRequest: (request, transaction) => reception().request(request, transaction),
      isOfSource: (invite, flow) => gate.isOfSource(invite, flow),
      onAck: (ack, flow) => gate.onAck(ack, flow),
      onCancel: (transaction, cancel) => {
        if (!sessions.onCancel(transaction, cancel)) transaction.respond({ status: 487 });
      },
      onStrayResponse: (response, flow) => {
        if (!sessions.onStrayResponse(response) && isAnswer(response)) onStrayAnswer(response, flow);
      },
      onServerFailure: (transaction) => sessions.onServerFailure(transaction),
    },
  });
}

/** Joins reception and transaction layer. */
export function sipStack(dependencies: StackDependencies): SipStack {
  const { task, advertised, onRequestSent, onAnswered } = dependencies;
  const send = (bytes: Buffer, flow: Flow): void => dependencies.send(bytes, flow, () => undefined);
  const via: SipStack['via'] = ({ transport }) =>
    newVia(transport.toUpperCase(), advertised.host, advertised.port, branchOfTask(task, newTag()));
  /** A task that is gone has called, and no other one knows its call. The source may be forged: each is sent once. */
  const onStrayAnswer = (answer: SipResponse, path: TransactionFlow): void => {
    if ([undefined, task].includes(taskNamedBy(answer))) return;
    const ends = endOfAnswer(answer).map((end) => serialize(end.with(end.headers.prepend(header.via, via(path.flow)))));
    if (isProportionate(Buffer.concat(ends), answer.status, path)) for (const end of ends) send(end, path.flow);
  };
  const layer = newLayer(dependencies.send, () => reception, { ...dependencies, onStrayAnswer });
  const reception = new Reception({ ...dependencies, newTag, send, transactions: () => layer });
  const begin: SipStack['begin'] = (request, flow, listener, failover) => {
    onRequestSent(flow);
    const onResponse: ClientListener['onResponse'] = (response) => {
      onAnswered(flow);
      listener.onResponse(response);
    };
    const transaction = layer.request(request, transactionFlow(flow), { ...listener, onResponse }, failover);
    if (transaction !== undefined && request.method === 'INVITE')
      keepFlowAlive(flow, { send, isAwaited: () => ringingStates.has(transaction.state) });
    return transaction;
  };
  return {
    receive: (arrival, flow) => reception.receive(arrival, flow),
    begin,
    request: (request, flow, listener) => begin(request, flow, listener) !== undefined,
    resume: (invite, flow, listener) => layer.resume(invite, transactionFlow(flow), listener),
    adopt: (invite, flow, toTag) => layer.adopt(invite, transactionFlow(flow), toTag),
    transmit: (request, flow) => send(serialize(request), flow),
    isAwaited: (packet) => {
      if (!beginsResponse(packet)) return false;
      const message = parseMessage(packet);
      return message.kind === 'response' && layer.awaits(message);
    },
    isOurs: (message) => (message.kind === 'response' ? layer.awaits(message) : layer.hasInviteOf(message)),
    via,
    newTag,
    transactions: () => layer.size,
    close: async () => {
      await reception.waitForResponses();
      layer.close();
    },
  };
}
