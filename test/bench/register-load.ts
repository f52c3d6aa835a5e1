/**
 * Phones that register at a fixed rate whatever the answers do (an open loop), from a process of its own: first each
 * once, then again and again. Orders on standard input, what it saw on standard output, both JSON.
 */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { address } from '../../shared/sip/address.ts';
import { newRequest } from '../../shared/sip/build.ts';
import { DigestClient } from '../../shared/sip/digest/client.ts';
import { Fault } from '../../shared/sip/fault.ts';
import { header, textHeader } from '../../shared/sip/header-kinds.ts';
import { Field, Headers } from '../../shared/sip/headers.ts';
import { parseMessage, serialize, type SipRequest, type SipResponse } from '../../shared/sip/message.ts';
import { Parameters } from '../../shared/sip/parameters.ts';
import { sipUri } from '../../shared/sip/uri.ts';
import { branchCookie, newVia } from '../../shared/sip/via.ts';
import { openLoop } from './open-loop.ts';

/** Milliseconds from when a REGISTER was due until it was accepted; what was not, in time. */
export type Registrations = { readonly times: readonly number[]; readonly failures: number };

const Orders = z.object({
  port: z.int(),
  domain: z.string(),
  password: z.string(),
  usernames: z.array(z.string()),
  /** So many of them register before anything is measured, until this process and the registrar are compiled. */
  warmUp: z.int(),
  /** Local addresses that the phones share. */
  sources: z.array(z.string()),
  /** Registrations a second: of each phone its first; then, for so many seconds, refreshes. */
  first: z.number(),
  refreshes: z.number(),
  seconds: z.number(),
});
type Orders = z.output<typeof Orders>;

/** Milliseconds after which an answer is none (timer F). */
const timeout = 32_000;
const token = (): string => randomUUID();

type Line = {
  readonly socket: Socket;
  readonly source: string;
  readonly waiting: Map<string, (response: SipResponse) => void>;
};

async function openLine(source: string): Promise<Line> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 }).bind(0, source);
  await once(socket, 'listening');
  const waiting: Line['waiting'] = new Map();
  socket.on('message', (bytes) => {
    const message = parseMessage(bytes);
    if (message.kind === 'response') waiting.get(message.callId)?.(message);
  });
  return { socket, source, waiting };
}

/** A phone whose `register` answers whether it was accepted. */
function phoneOn(line: Line, username: string, { port, domain, password }: Orders): () => Promise<boolean> {
  const { socket, source, waiting } = line;
  const own = address(sipUri({ user: username, host: domain }));
  const local = socket.address().port;
  const headers = new Headers([
    Field.of(textHeader('Contact'), `<sip:${username}@${source}:${local}>`),
    Field.of(header.expires, 3_600),
    Field.of(header.userAgent, 'Load/1.0'),
  ]);
  const digest = new DigestClient({ username, password, realm: null, host: domain }, token);
  const callId = token();
  let sequence = 0;
  const via = () => newVia('UDP', source, local, `${branchCookie}${token()}`);
  const ask = (request: SipRequest): Promise<SipResponse | undefined> => {
    const { promise, resolve } = Promise.withResolvers<SipResponse | undefined>();
    const late = setTimeout(() => resolve(undefined), timeout);
    // A late answer to the one before is none to this one.
    waiting.set(callId, (response) => {
      if (response.cseq.sequence === request.cseq.sequence) resolve(response);
    });
    const bytes = serialize(request);
    // RFC 3261 §17.1.2.2, timer E: what is lost is sent again.
    let again: NodeJS.Timeout | undefined;
    const send = (wait: number): void => {
      socket.send(bytes, port, '127.0.0.1');
      again = setTimeout(() => send(Math.min(2 * wait, 4_000)), wait);
    };
    send(500);
    return promise.finally(() => {
      clearTimeout(late);
      clearTimeout(again);
    });
  };
  return async () => {
    sequence += 1;
    const request = newRequest({
      method: 'REGISTER',
      uri: sipUri({ host: domain }),
      via: via(),
      from: address(own.uri, new Parameters([['tag', token()]])),
      to: own,
      callId,
      sequence,
      headers,
    });
    const authorized = digest.authorize(request);
    const answer = await ask(authorized);
    if (answer?.status !== 401) return answer?.status === 200;
    const again = digest.answer(authorized, answer);
    if (again instanceof Fault) return false;
    sequence = again.cseq.sequence;
    return (await ask(again.with(again.headers.with(header.via, via()))))?.status === 200;
  };
}

/** Registers so many times at a rate. @param register by its number */
async function steadily(
  rate: number,
  total: number,
  register: (at: number) => Promise<boolean>,
): Promise<Registrations> {
  const times: number[] = [];
  let failures = 0;
  await openLoop(rate, total, async (at, due) => {
    if (await register(at)) times.push(performance.now() - due);
    else failures += 1;
  });
  return { times, failures };
}

if (import.meta.main) {
  const orders = Orders.parse(JSON.parse(await text(process.stdin)));
  const lines = await Promise.all(orders.sources.map(openLine));
  const phones = orders.usernames.map((username, at) => phoneOn(lines[at % lines.length] as Line, username, orders));
  const warming = phones.splice(0, orders.warmUp);
  await steadily(orders.first, warming.length, (at) => warming[at]?.() ?? Promise.resolve(false));
  const register = (at: number): Promise<boolean> => phones[at % phones.length]?.() ?? Promise.resolve(false);
  const first = await steadily(orders.first, phones.length, register);
  const refreshes = await steadily(orders.refreshes, orders.refreshes * orders.seconds, register);
  process.stdout.write(JSON.stringify([first, refreshes]), () => process.exit(0));
}
