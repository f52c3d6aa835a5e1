import { expect, test } from 'vitest';
import type { ResponseParts } from '../../shared/sip/build.ts';
import { header } from '../../shared/sip/header-kinds.ts';
import { Headers } from '../../shared/sip/headers.ts';
import { parseMessage } from '../../shared/sip/message.ts';
import { TransactionLayer } from '../../shared/sip/transaction/layer.ts';
import { fakeTimers } from '../../shared/sip/transaction/timers.fixture.ts';
import { crlf } from '../../shared/sip/values.fixture.ts';
import { Reception } from './reception.ts';
import type { TransactionFlow } from './transaction-flow.ts';
import type { Flow } from './transport/flow.ts';

const udp: Flow = {
  transport: 'udp',
  remote: { address: '192.0.2.1', port: 5_062 },
  local: { address: '10.0.0.1', port: 5_060 },
};
const tcp: Flow = { ...udp, transport: 'tcp', connection: 'c1' };

let branches = 0;
const packet = (method: string, ...lines: readonly string[]): Buffer => {
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
function newReception(register: () => Promise<ResponseParts> = async () => ({ status: 200 })) {
  const sent: Buffer[] = [];
  const arrivals: Flow[] = [];
  const faults: unknown[] = [];
  const reception: Reception = new Reception({
    transactions: () => layer,
    send: (bytes) => void sent.push(bytes),
    newTag: () => 'tag',
    register,
    onArrival: (flow) => void arrivals.push(flow),
    fault: (error) => void faults.push(error),
  });
  const layer = new TransactionLayer<TransactionFlow>({
    setTimer: fakeTimers().setTimer,
    newTag: () => 'tag',
    max: 10_000,
    send: (bytes) => void sent.push(bytes),
    user: {
      onRequest: (request, transaction) => reception.request(request, transaction),
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
  return { reception, receive, sent, arrivals, faults, statuses };
}

test('requests that need authentication get 403, requests within a dialog 481, unknown methods 501', () => {
  const { receive, statuses } = newReception();
  for (const method of ['INVITE', 'MESSAGE', 'BYE', 'NOTIFY', 'PUBLISH', 'FROBNICATE']) receive(packet(method));
  expect(statuses()).toEqual([403, 403, 481, 481, 405, 501]);
});

test('OPTIONS gets 200 with the supported methods, unless the response would be longer than the request', () => {
  const { receive, sent } = newReception();
  receive(packet('OPTIONS'));
  receive(packet('OPTIONS', `Subject: ${'x'.repeat(200)}`));
  const allowed = sent.map((bytes) => {
    const message = parseMessage(bytes);
    return message.kind === 'response' && message.headers.all(header.allow);
  });
  expect(allowed).toEqual([[], ['REGISTER', 'OPTIONS']]);
});

test('a malformed datagram gets no response that is longer than itself; over a connection it does', () => {
  const malformed = crlf('OPTIONS x SIP/2.0', 'v:SIP/2.0/UDP h', '', '');
  const { receive, statuses } = newReception();
  receive(malformed, udp);
  expect(statuses()).toEqual([]);
  receive(malformed, tcp);
  expect(statuses()).toHaveLength(1);
});

test('a rejected frame is answered with its code', () => {
  const { reception, sent } = newReception();
  reception.receive({ kind: 'rejected', head: packet('OPTIONS'), code: 413, reason: 'Request Entity Too Large' }, tcp);
  expect(sent.map(String).join()).toMatch(/^SIP\/2\.0 413 Request Entity Too Large\r\n/);
});

test('every arrival is reported, keep-alives included', () => {
  const { reception, receive, arrivals, statuses } = newReception();
  reception.receive({ kind: 'keepalive' }, udp);
  receive(Buffer.from('not SIP'));
  expect([arrivals, statuses()]).toEqual([[udp, udp], []]);
});

test('a challenge over UDP that is longer than its request offers MD5 only', async () => {
  const headers = ['SHA-256', 'MD5'].reduce(
    (all, algorithm) =>
      all.append({ ...header.subject, name: 'WWW-Authenticate' }, `Digest ${algorithm}, ${'n'.repeat(99)}`),
    Headers.none,
  );
  const { reception, receive, sent } = newReception(async () => ({ status: 401, headers }));
  receive(packet('REGISTER'), udp);
  receive(packet('REGISTER'), tcp);
  await reception.waitForResponses();
  await Promise.resolve();
  expect(sent.map((bytes) => bytes.toString().match(/Digest (SHA-256|MD5)/g))).toEqual([
    ['Digest MD5'],
    ['Digest SHA-256', 'Digest MD5'],
  ]);
});

test('a REGISTER that fails unexpectedly gets 503 and is logged', async () => {
  const { reception, receive, faults, statuses } = newReception(async () => {
    throw new Error('store');
  });
  receive(packet('REGISTER'));
  await reception.waitForResponses();
  expect([statuses(), faults]).toEqual([[503], [new Error('store')]]);
});

test('beyond 500 REGISTERs in progress, a further one gets 503', async () => {
  const { promise, resolve } = Promise.withResolvers<ResponseParts>();
  const { reception, receive, statuses } = newReception(() => promise);
  for (let count = 0; count < 501; count += 1) receive(packet('REGISTER'));
  expect(statuses()).toEqual([503]);
  resolve({ status: 200 });
  await reception.waitForResponses();
  expect(statuses().filter((status) => status === 200)).toHaveLength(500);
});
