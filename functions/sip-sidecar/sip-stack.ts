import { hash, randomBytes } from 'node:crypto';
import { parseMessage, type SipRequest } from '../../shared/sip/message.ts';
import type { ClientListener } from '../../shared/sip/transaction/client.ts';
import { TransactionLayer } from '../../shared/sip/transaction/layer.ts';
import { serverKey } from '../../shared/sip/transaction/matching.ts';
import { branchCookie, newVia, type Via } from '../../shared/sip/via.ts';
import { Reception, type ReceptionDependencies } from './reception.ts';
import { transactionFlow, type TransactionFlow } from './transaction-flow.ts';
import type { Flow } from './transport/flow.ts';
import type { Transports } from './transport/transports.ts';

/** Concurrent transactions: a few thousand requests a second, each of which lasts 32 s. */
const maxTransactions = 200_000;

/** 64 random bits (RFC 3261 §19.3 demands 32). */
const newTag = (): string => randomBytes(8).toString('hex');

const tagSecret = randomBytes(32).toString('hex');
/** 64 bits that only this process knows, the same for a retransmission of the request. */
const tagOf = (request: SipRequest): string => hash('sha256', `${tagSecret} ${serverKey(request)}`).slice(0, 16);

/** The dependencies of the stack. */
export type StackDependencies = Pick<
  ReceptionDependencies,
  'register' | 'mayChallenge' | 'onArrival' | 'fault' | 'now'
> & {
  readonly transports: Pick<Transports, 'send'>;
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
  /** Whether a packet is a response to a request of ours. */
  readonly isAwaited: (packet: Buffer) => boolean;
  /** Our Via with a new branch. */
  readonly via: (flow: Flow) => Via;
  readonly newTag: () => string;
  /** Transactions in progress. */
  readonly transactions: () => number;
  /** Answers requests in progress, then ends all transactions, as retransmissions would find closed sockets. */
  readonly close: () => Promise<void>;
};

const setTimer = (milliseconds: number, fire: () => void): (() => void) => {
  const timer = setTimeout(fire, milliseconds);
  return () => clearTimeout(timer);
};

/** Every response begins with its version (RFC 3261 §7.2). */
const beginsResponse = (packet: Buffer): boolean => packet.subarray(0, 4).equals(responseStart);
const responseStart = Buffer.from('SIP/');

function newLayer(send: Transports['send'], reception: () => Reception): TransactionLayer<TransactionFlow> {
  return new TransactionLayer<TransactionFlow>({
    setTimer,
    newTag: tagOf,
    max: maxTransactions,
    send: (bytes, { flow }, failed) => {
      // Asynchronously, because the transaction may not be constructed yet.
      if (!send(bytes, flow)) setImmediate(failed);
    },
    user: {
      onRequest: (request, transaction) => reception().request(request, transaction),
      // There are no calls yet, so messages of a call are ignored.
      onAck: () => undefined,
      onCancel: (transaction) => void transaction.respond({ status: 487 }),
      onStrayResponse: () => undefined,
      onServerFailure: () => undefined,
    },
  });
}

/** Joins reception and transaction layer. */
export function sipStack(dependencies: StackDependencies): SipStack {
  const { transports, advertised, onRequestSent, onAnswered } = dependencies;
  const layer = newLayer(transports.send, () => reception);
  const reception = new Reception({ ...dependencies, newTag, send: transports.send, transactions: () => layer });
  return {
    receive: (arrival, flow) => reception.receive(arrival, flow),
    request: (request, flow, listener) => {
      onRequestSent(flow);
      const onResponse: ClientListener['onResponse'] = (response) => {
        onAnswered(flow);
        listener.onResponse(response);
      };
      return layer.request(request, transactionFlow(flow), { ...listener, onResponse }) !== undefined;
    },
    isAwaited: (packet) => {
      if (!beginsResponse(packet)) return false;
      const message = parseMessage(packet);
      return message.kind === 'response' && layer.awaits(message);
    },
    via: ({ transport }) =>
      newVia(transport.toUpperCase(), advertised.host, advertised.port, `${branchCookie}${newTag()}`),
    newTag,
    transactions: () => layer.size,
    close: async () => {
      await reception.waitForResponses();
      layer.close();
    },
  };
}
