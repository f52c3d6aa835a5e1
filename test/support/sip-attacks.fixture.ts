import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { guessedRegister, newCaller, strangersRequest, type Caller } from './sip-caller.fixture.ts';

type Server = { readonly address: string; readonly port: number };

/** The sidecar under attack, and the phones beside it. */
export type Target = {
  readonly udp: Server;
  readonly tcp: Server;
  /** Address of the phones. An attacker that sends from it is what a forged source is to the sidecar. */
  readonly office: string;
  /** A phone's. */
  readonly username: string;
  /** Packets a second, over UDP. */
  readonly rate: number;
};

/** An attack in progress. */
export type InProgress = {
  readonly stop: () => void;
  /** Bytes over UDP. */
  readonly bytes: () => { readonly sent: number; readonly received: number };
};

export type Attack = (target: Target) => Promise<InProgress>;

const token = (): string => randomBytes(8).toString('hex');
const keepAlive = '\r\n\r\n';

/** Repeats an action. @returns how to stop */
function every(milliseconds: number, act: () => void): () => void {
  const timer = setInterval(act, milliseconds);
  return () => clearInterval(timer);
}

/** Sends packets over UDP from these addresses in turn. */
async function flood({ udp, rate }: Target, addresses: readonly string[], packet: () => string): Promise<InProgress> {
  const strangers: Caller[] = await Promise.all(addresses.map((address) => newCaller(udp, address)));
  const totals = { sent: 0, received: 0 };
  let at = 0;
  const stop = every(20, () => {
    for (let count = 0; count < rate / 50; count += 1) {
      const text = packet();
      totals.sent += text.length;
      strangers[(at += 1) % strangers.length]?.send(text);
    }
    for (const { received } of strangers) totals.received += received.splice(0).join('').length;
  });
  return {
    stop: () => {
      stop();
      for (const stranger of strangers) stranger.close();
    },
    bytes: () => ({
      sent: totals.sent,
      received: totals.received + strangers.reduce((sum, { received }) => sum + received.join('').length, 0),
    }),
  };
}

/** Opens connections from an address, and opens each again that is closed. */
function connections(tcp: Server, from: string, count: number, begin: (socket: Socket) => void): InProgress {
  const open = new Set<Socket>();
  let isOver = false;
  const dial = (): void => {
    const socket = connect({ host: tcp.address, port: tcp.port, localAddress: from });
    open.add(socket);
    socket.on('error', () => undefined).on('connect', () => begin(socket));
    socket.on('close', () => {
      open.delete(socket);
      if (!isOver) setTimeout(() => (isOver ? undefined : dial()), 100).unref();
    });
  };
  for (let number = 0; number < count; number += 1) dial();
  return {
    stop: () => {
      isOver = true;
      for (const socket of open) socket.destroy();
    },
    bytes: () => ({ sent: 0, received: 0 }),
  };
}

const strangersAt = (network: number): string[] =>
  Array.from({ length: 50 }, (_value, number) => `127.9.${network}.${number + 1}`);

/** Writes as fast as the peer reads, and reads nothing. */
function writeWithoutReading(socket: Socket): void {
  const block = keepAlive.repeat(16_384);
  const write = (): void => {
    while (socket.writable && socket.write(block));
  };
  socket.pause().on('drain', write);
  write();
}

/** Gets a nonce and tries a password with it, again and again. */
function guess(socket: Socket, username: string): void {
  const ask = (): void => void socket.write(strangersRequest('REGISTER', { username }));
  socket.on('data', (chunk: Buffer) => {
    const nonce = /nonce="([^"]+)"/.exec(chunk.toString())?.[1];
    if (nonce !== undefined) for (let times = 0; times < 10; times += 1) socket.write(guessedRegister(username, nonce));
  });
  socket.on(
    'close',
    every(100, () => (socket.writable ? ask() : undefined)),
  );
  ask();
}

/** What strangers do, by what it is. */
export const attacks = {
  'keep-alives of a client that never reads': async ({ tcp }) =>
    connections(tcp, '127.9.0.1', 1, (socket) => writeWithoutReading(socket)),
  'REGISTERs with made-up nonces in the name of the phones': (target) =>
    flood(target, [target.office], () => guessedRegister(target.username)),
  'REGISTERs of different user names': (target) =>
    flood(target, strangersAt(1), () =>
      strangersRequest('REGISTER', { username: `${token()}${'x'.repeat(200)}`, lines: [`User-Agent: ${token()}`] }),
    ),
  'REGISTERs without credentials in the name of a phone': (target) =>
    flood(target, [target.office], () =>
      strangersRequest('REGISTER', { username: target.username, lines: ['User-Agent: TestPhone/1.0'] }),
    ),
  'INVITEs without ACK in the name of the phones': (target) =>
    flood(target, [target.office], () => strangersRequest('INVITE')),
  'idle connections with keep-alives': async ({ tcp }) =>
    connections(tcp, '127.9.0.2', 300, (socket) => {
      socket.resume().on(
        'close',
        every(5_000, () => (socket.writable ? void socket.write(keepAlive) : undefined)),
      );
    }),
  'passwords that are guessed with live nonces': async ({ tcp, username }) =>
    connections(tcp, '127.9.0.3', 5, (socket) => guess(socket, username)),
} as const satisfies Readonly<Record<string, Attack>>;

export type AttackName = keyof typeof attacks;
export const attackNames = Object.keys(attacks) as AttackName[];

/** Bytes that an attack may bring back, by those that it sent. A challenge of REGISTER may be longer. */
export const maxAmplification = (name: AttackName): number => (/^(REGISTER|INVITE)/.test(name) ? 3 : 1.5);
