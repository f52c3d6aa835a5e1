/**
 * One REGISTER: parsed from its bytes, Via, From, To, Call-ID, CSeq and Contact read with their URIs, serialized.
 * Beside the two parsers that npm has.
 */
import sip from 'sip';
import { Parser } from 'sip.js/lib/core/messages/parser.js';
import { Logger } from 'sip.js/lib/core/log/logger.js';
import { LoggerFactory } from 'sip.js/lib/core/log/logger-factory.js';
import { DigestClient } from '#sip/digest/client.ts';
import { Nonces } from '#sip/digest/nonces.ts';
import { challenge, credentialsOf, verify } from '#sip/digest/server.ts';
import { ha1 } from '#sip/digest/algorithms.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { newResponse } from '#sip/build.ts';
import { parseMessage, serialize, type SipRequest } from '#sip/message.ts';
import { randomBytes } from 'node:crypto';
import type { Benchmark, Figure, Guard, PairedFigure } from './benchmark.ts';
import { cpuOf, median, pairsOf } from './timing.ts';

/** As a phone behind NAT sends it, each from another one. */
const registerOf = (index: number): Buffer =>
  Buffer.from(
    [
      'REGISTER sip:acme.example.com SIP/2.0',
      `Via: SIP/2.0/UDP 192.168.1.${index % 250}:5060;branch=z9hG4bK${(index * 7_919).toString(36)}x${index};rport`,
      'Max-Forwards: 70',
      `From: "Extension ${index}" <sip:${1_000 + index}@acme.example.com>;tag=${(index * 104_729).toString(16)}`,
      `To: "Extension ${index}" <sip:${1_000 + index}@acme.example.com>`,
      `Call-ID: ${(index * 15_485_863).toString(36)}@192.168.1.${index % 250}`,
      `CSeq: ${1 + (index % 1_000)} REGISTER`,
      `Contact: <sip:${1_000 + index}@192.168.1.${index % 250}:5060;transport=udp>;expires=3600;` +
        `+sip.instance="<urn:uuid:00000000-0000-1000-8000-${String(index).padStart(12, '0')}>";reg-id=1`,
      'Allow: INVITE, ACK, OPTIONS, CANCEL, BYE, SUBSCRIBE, NOTIFY, INFO, REFER, UPDATE',
      'Supported: path, outbound, gruu',
      'User-Agent: Desk Phone 42/1.2.3',
      'Expires: 3600',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );

const packets = Array.from({ length: 2_000 }, (_, index) => registerOf(index));

function ours(packet: Buffer): number {
  const message = parseMessage(packet);
  if (message.kind === 'malformed') throw new Error(message.reason);
  const contacts = message.headers.all(header.contact);
  if (contacts instanceof Fault) throw new Error(contacts.reason);
  return (
    message.via.host.length +
    message.fromTag!.length +
    message.to.uri.scheme.length +
    message.callId.length +
    message.cseq.sequence +
    contacts.length +
    serialize(message).length
  );
}

/** Its `stringify` writes the values that its `parse` took apart; URIs are taken apart on demand. */
function bySip(packet: Buffer): number {
  const message = sip.parse(packet.toString())!;
  const { headers } = message;
  const read = [headers.from, headers.to, ...headers.contact].map(({ uri }) => sip.parseUri(uri));
  return (
    headers.via.length +
    read.length +
    headers['call-id'].length +
    headers.cseq.seq +
    Buffer.from(sip.stringify(message)).length
  );
}

const silent = new LoggerFactory();
silent.builtinEnabled = false;
const logger = new Logger(silent, 'bench');

/** Its received messages are written as they came: the text is at hand. */
function bySipJs(packet: Buffer): number {
  const message = Parser.parseMessage(packet.toString(), logger)!;
  const contact = message.parseHeader('contact') as { uri: object };
  return (
    message.via.host.length +
    message.fromTag.length +
    message.to.uri.scheme.length +
    message.callId.length +
    message.cseq +
    Object.keys(contact.uri).length +
    Buffer.from(message.toString()).length
  );
}

/** Microseconds of CPU that work on a packet takes. */
const cpuEach = <Packet>(given: readonly Packet[], work: (packet: Packet) => unknown): number =>
  cpuOf(() => {
    for (const packet of given) work(packet);
  }) / given.length;

/** Messages a second of one core: the median of some rounds over all packets, after as many that are not timed. */
function rate<Packet>(given: readonly Packet[], work: (packet: Packet) => unknown, rounds = 9): number {
  const round = (): number => cpuEach(given, work);
  for (let unmeasured = 0; unmeasured < rounds; unmeasured += 1) round();
  return 1_000_000 / median(Array.from({ length: rounds }, round));
}

/** The same REGISTERs with credentials for one challenge each, as a registrar gets them. */
function digestRate(): number {
  const realm = 'acme.example.com';
  const account = { username: 'alice', password: 'secret', realm, host: realm };
  const nonces = new Nonces({ secret: randomBytes(32), now: Date.now, randomBytes, lifetime: 300_000, max: 100_000 });
  const secret = ha1('SHA-256', account);
  const asked = packets
    .map((packet): SipRequest => {
      const request = parseMessage(packet) as SipRequest;
      return new DigestClient(account, () => 'c').answer(
        request,
        newResponse(request, { status: 401, headers: challenge(nonces, realm) }),
      ) as SipRequest;
    })
    .map(serialize);
  return rate(asked, (packet) => {
    const request = parseMessage(packet) as SipRequest;
    const credentials = credentialsOf(request, realm);
    if (credentials === undefined || credentials instanceof Fault) throw new Error('no credentials');
    verify(nonces, credentials, { ha1: secret, method: request.method });
    return serialize(newResponse(request, { status: 200, toTag: 't' }));
  });
}

/** Against the faster of the peers: sip.js is a hundred times slower. */
const ratio = async (): Promise<PairedFigure> => ({
  what: 'CPU of a REGISTER, against npm sip',
  pairs: await pairsOf(
    () => cpuEach(packets, ours),
    () => cpuEach(packets, bySip),
  ),
  must: { atMost: 1 / 1.4 },
});

const measure: Benchmark = async () => {
  const figure = (what: string, measured: number): Figure => ({ what, measured, unit: 'messages/s' });
  return [
    figure('REGISTER parsed, read and serialized', rate(packets, ours)),
    figure('the same by npm sip 0.0.6', rate(packets, bySip)),
    figure('the same by sip.js 0.21.2, written back as it came', rate(packets, bySipJs)),
    await ratio(),
    figure('REGISTER parsed, its digest verified, a 200 serialized', digestRate()),
  ];
};

export const guard: Guard = async () => [await ratio()];

export default measure;
