import { randomBytes } from 'node:crypto';
import type { SipRequest } from '../../shared/sip/message.ts';
import type { ClientListener } from '../../shared/sip/transaction/client.ts';
import { TransactionLayer } from '../../shared/sip/transaction/layer.ts';
import { branchCookie, newVia, type Via } from '../../shared/sip/via.ts';
import { pathOf, type Path } from './path.ts';
import { Reception, type ReceptionDependencies } from './reception.ts';
import type { Flow } from './transport/flow.ts';
import type { Transports } from './transport/transports.ts';

/** Transactions at once: of a few thousand requests a second each lives for half a minute. */
const maxTransactions = 200_000;

/** 64 random bits (RFC 3261 §19.3). */
const newTag = (): string => randomBytes(8).toString('hex');

export type StackDependencies = Pick<ReceptionDependencies, 'register' | 'heard' | 'fault'> & {
  readonly transports: Pick<Transports, 'send'>;
  readonly advertised: { readonly host: string; readonly port: number };
  /** A request goes to an address. */
  readonly asked: (address: string) => void;
};

/** Requests out of the sidecar, and what comes in. */
export type SipStack = Pick<Reception, 'receive'> & {
  /** Sends a request over a flow. False where there is no room for a further transaction. */
  readonly request: (request: SipRequest, flow: Flow, listener: ClientListener) => boolean;
  /** A Via of our own, with a new branch. */
  readonly via: (flow: Flow) => Via;
  readonly newTag: () => string;
  readonly transactions: () => number;
  /** Answers what was begun, then sends nothing any more: what waits to be repeated would find its socket closed. */
  readonly close: () => Promise<void>;
};

const setTimer = (milliseconds: number, fire: () => void): (() => void) => {
  const timer = setTimeout(fire, milliseconds);
  return () => clearTimeout(timer);
};

export function sipStack({ transports, advertised, asked, ...dependencies }: StackDependencies): SipStack {
  const send = (bytes: Buffer, flow: Flow): boolean => transports.send(bytes, flow);
  const reception = new Reception({ ...dependencies, newTag, send, transactions: () => layer });
  const layer: TransactionLayer<Path> = new TransactionLayer<Path>({
    setTimer,
    newTag,
    max: maxTransactions,
    send: (bytes, { flow }, failed) => {
      // Not at once: the transaction may be just being made.
      if (!send(bytes, flow)) setImmediate(failed);
    },
    user: {
      onRequest: (request, transaction) => reception.request(request, transaction),
      // There are no calls yet: what belongs to one is nobody's.
      onAck: () => undefined,
      onCancel: (transaction) => void transaction.respond({ status: 487 }),
      onStrayResponse: () => undefined,
      onServerFailure: () => undefined,
    },
  });
  return {
    receive: (arrival, flow) => reception.receive(arrival, flow),
    request: (request, flow, listener) => {
      asked(flow.remote.address);
      return layer.request(request, pathOf(flow), listener) !== undefined;
    },
    via: ({ transport }) =>
      newVia(transport.toUpperCase(), advertised.host, advertised.port, `${branchCookie}${newTag()}`),
    newTag,
    transactions: () => layer.size,
    close: async () => {
      await reception.settled();
      layer.close();
    },
  };
}
