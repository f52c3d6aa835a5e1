import { expect, test } from 'vitest';
import type { ResponseParts } from '#sip/build.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { parseMessage } from '#sip/message.ts';
import { crlf } from '#sip/values.fixture.ts';
import { newReception, packet, udp } from './reception.fixture.ts';
import type { Flow } from '../transport/flow.ts';

const tcp: Flow = { ...udp, transport: 'tcp', connection: 'c1' };

test('requests that need authentication get 403, requests within a dialog 481, unknown methods 501', () => {
  const { receive, statuses } = newReception();
  for (const method of ['INVITE', 'MESSAGE', 'BYE', 'NOTIFY', 'PUBLISH', 'FROBNICATE']) receive(packet(method));
  expect(statuses()).toEqual([403, 403, 481, 481, 405, 501]);
});

test('OPTIONS gets 200 with the supported methods, unless the request is too short for them', () => {
  const { receive, sent } = newReception();
  const short = ['v:SIP/2.0/UDP h;branch=z9hG4bKs', 'f:<sip:b>;tag=1', 't:<sip:a>', 'i:c', 'CSeq:1 OPTIONS'];
  receive(crlf('OPTIONS sip:a SIP/2.0', ...short, '', ''));
  receive(packet('OPTIONS'));
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

test('beyond the limit of challenges of an address, a REGISTER gets no answer', async () => {
  const { reception, receive, sent } = newReception(async () => ({ status: 401 }), { mayChallenge: () => false });
  receive(packet('REGISTER'));
  await reception.waitForResponses();
  expect(sent).toEqual([]);
});

test('a packet that should not do so throws nothing, and is logged', () => {
  const error = new Error('bug');
  const { receive, faults } = newReception(undefined, {
    passOn: () => {
      throw error;
    },
  });
  receive(packet('OPTIONS'));
  expect(faults).toEqual([error]);
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

test('while more than 100 REGISTERs take longer than T1, only phones that were challenged are let in', () => {
  let registered = 0;
  const { receive, statuses, clock } = newReception(() => {
    registered += 1;
    return new Promise(() => undefined);
  });
  const credentials = 'Authorization: Digest username="a", realm="r", nonce="n", uri="u", response="r"';
  for (let count = 0; count < 99; count += 1) receive(packet('REGISTER'));
  clock.now = 501;
  receive(packet('REGISTER'));
  expect(statuses()).toEqual([]);
  // Dropped, as it will be repeated; over a connection it is not.
  receive(packet('REGISTER'));
  expect(registered).toBe(100);
  receive(packet('REGISTER'), tcp);
  receive(packet('REGISTER', credentials));
  expect([statuses(), registered]).toEqual([[503], 101]);
  receive(packet('OPTIONS'));
  expect(statuses()).toEqual([503, 200]);
});
