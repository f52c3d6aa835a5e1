import type { ResponseParts } from '#sip/build.ts';
import { parseMessage } from '#sip/message.ts';
import { TransactionLayer } from '#sip/transaction/layer.ts';
import { defaultTimers } from '#sip/transaction/timers.ts';
import { fakeTimers } from '#sip/transaction/timers.fixture.ts';
import { crlf } from '#sip/values.fixture.ts';
import { Reception, type ReceptionDependencies } from './reception.ts';
import type { TransactionFlow } from './transaction-flow.ts';
import type { Flow } from '../transport/flow.ts';

export const udp: Flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_062 },
  local: { address: '10.0.0.1', port: 5_060 },
};

let branches = 0;
/** A request with these header lines. */
export const packet = (method: string, ...lines: readonly string[]): Buffer => {
  branches += 1;
  return crlf(
    `${method} sip:a@example.com SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${branches}`,
    'From: <sip:b@example.com>;tag=1',
    'To: <sip:a@example.com>',
    `Call-ID: c${branches}`,
    `CSeq: 1 ${method}`,
    ...lines,
    '',
    '',
  );
};

/** A reception whose responses are recorded, and whose REGISTERs end as `register` decides. */
export function newReception(
  register: () => Promise<ResponseParts> = async () => ({ status: 200 }),
  more: Partial<Pick<ReceptionDependencies, 'mayChallenge' | 'passOn'>> = {},
) {
  const timers = fakeTimers();
  const sent: Buffer[] = [];
  const arrivals: Flow[] = [];
  const faults: unknown[] = [];
  const clock = { now: 0 };
  const reception: Reception = new Reception({
    transactions: () => layer,
    send: (bytes) => void sent.push(bytes),
    newTag: () => 'tag',
    handlers: (authenticated) => ({ REGISTER: authenticated(register), SUBSCRIBE: authenticated(register) }),
    mayChallenge: () => true,
    passOn: () => false,
    ...more,
    onArrival: (flow) => void arrivals.push(flow),
    fault: (error) => void faults.push(error),
    now: () => clock.now,
  });
  const layer = new TransactionLayer<TransactionFlow>({
    setTimer: timers.setTimer,
    timers: defaultTimers,
    newTag: () => 'tag',
    max: 10_000,
    send: (bytes) => void sent.push(bytes),
    user: {
      onRequest: (request, transaction) => reception.request(request, transaction),
      isOfSource: () => true,
      onAck: () => undefined,
      onCancel: () => undefined,
      onStrayResponse: () => undefined,
      onServerFailure: () => undefined,
    },
  });
  const receive = (bytes: Buffer, flow = udp): void => reception.receive({ kind: 'message', bytes }, flow);
  const statuses = (): unknown[] =>
    sent.map((bytes) => {
      const message = parseMessage(bytes);
      return message.kind === 'response' ? message.status : message.kind;
    });
  return { reception, receive, sent, arrivals, faults, statuses, clock, advance: timers.advance };
}
