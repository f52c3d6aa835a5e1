import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { tortureMessages, withOwnTransaction } from '#sip/torture.fixture.ts';
import { eventually } from '../../support/eventually.ts';
import { newPhone } from '../../support/sip-phone.fixture.ts';
import { ownAddress, sipServer } from './sip-server.ts';

type Transport = 'udp' | 'tcp';

/** A new path to the sidecar, and the answers on it. */
type Way = Disposable & { readonly send: (bytes: Buffer) => void; readonly heard: Buffer[] };

async function openUdp(from: string): Promise<Way> {
  const heard: Buffer[] = [];
  const socket = createSocket('udp4', (bytes) => heard.push(bytes)).bind(0, from);
  await once(socket, 'listening');
  return {
    heard,
    send: (bytes) => socket.send(bytes, sipServer.port, sipServer.address),
    [Symbol.dispose]: () => socket.close(),
  };
}

async function openTcp(from: string): Promise<Way> {
  const heard: Buffer[] = [];
  const socket = connectTcp({ host: sipServer.address, port: sipServer.port, localAddress: from })
    .on('data', (bytes) => heard.push(bytes))
    .on('error', () => undefined);
  await once(socket, 'connect');
  return { heard, send: (bytes) => void socket.write(bytes), [Symbol.dispose]: () => socket.destroy() };
}

const open = { udp: openUdp, tcp: openTcp } as const;

const from = ownAddress();

/** Whether the sidecar answers OPTIONS of a stranger. */
async function isAlive(transport: Transport): Promise<boolean> {
  const phone = await newPhone(
    sipServer,
    { username: 'probe', password: '', domain: 'example.com' },
    { transport, from },
  );
  const { status } = await phone.ask('OPTIONS');
  phone.close();
  return status === 200;
}

/** The status codes of the answers, but 100, which a busy sidecar sends first. */
const statuses = (heard: readonly Buffer[]): string[] =>
  [
    ...new Set(
      Array.from(
        Buffer.concat(heard)
          .toString()
          .matchAll(/^SIP\/2\.0 (\d{3}) /gm),
        ([, status = '']) => status,
      ),
    ),
  ]
    .filter((status) => status !== '100')
    .sort();

/** Answers to a stranger by name of the message; messages that are not listed get none. */
const answered: Readonly<Record<string, readonly string[]>> = {
  200: [
    'badbranch',
    'ipv6-bug-abnf-3-colons',
    'ipv6-correct-abnf-2-colons',
    'lwsdisp',
    'semiuri',
    'transports',
    'via-received-param-no-delim',
    'zeromf',
  ],
  400: [
    'badaspec',
    'baddate',
    'baddn',
    'badinv01',
    'clerr',
    'escruri',
    'insuf',
    'ipv6-bad',
    'ltgtruri',
    'lwsruri',
    'lwsstart',
    'mcl01',
    'mismatch01',
    'mismatch02',
    'multi01',
    'ncl',
    'quotbal',
    'regbadct',
    'scalar02',
    'trws',
  ],
  401: [
    'cparam01',
    'cparam02',
    'dblreq',
    'escnull',
    'ipv6-good',
    'port-ambiguous',
    'port-unambiguous',
    'regaut01',
    'regescrt',
    'unksm2',
  ],
  406: ['sdp01'],
  407: ['esc01', 'inv2543', 'ipv4-mapped-ipv6', 'ipv6-in-sdp', 'longreq', 'mult-ip-in-sdp'],
  415: ['invut', 'mpart01'],
  416: ['novelsc', 'unkscm'],
  420: ['bext01'],
  481: ['mult-ip-in-header', 'via-received-param-with-delim', 'wsinv'],
  501: ['esc02', 'intmeth'],
  505: ['badvers'],
};

/** Responses, which are never answered. */
const unanswered = ['bcast', 'bigcode', 'noreason', 'scalarlg', 'unreason'];

/** Answers that depend on the transport. */
const otherwise: Readonly<Record<Transport, Readonly<Record<string, readonly string[]>>>> = {
  udp: {},
  // A stream waits for the rest of a body and for the empty line after the headers. Two messages in one are two. In a
  // stream a message needs its Content-Length (§18.3).
  tcp: {
    clerr: [],
    baddn: [],
    'ipv6-bug-abnf-3-colons': [],
    'ipv6-correct-abnf-2-colons': [],
    dblreq: ['401', '407'],
    inv2543: ['400'],
  },
};

const expected = (name: string, transport: Transport): readonly string[] =>
  otherwise[transport][name] ?? Object.keys(answered).filter((status) => answered[status]?.includes(name));

test('every message of RFC 4475 and RFC 5118 has an expected answer', () => {
  expect([...Object.values(answered).flat(), ...unanswered].sort()).toEqual([...tortureMessages.keys()].sort());
});

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  test.each([...tortureMessages.keys()])('%s gets its expected answer, and the next message too', async (name) => {
    using way = await open[transport](from);
    way.send(withOwnTransaction(name, randomBytes(6).toString('hex')));
    expect(await isAlive(transport)).toBe(true);
    const wanted = expected(name, transport);
    await eventually(() => statuses(way.heard).length >= wanted.length, 20_000).catch(() => undefined);
    expect(statuses(way.heard)).toEqual(wanted);
  });
});
