/** Two tables of sessions joined back to back by a network with delay and loss, on an injected clock. */
import { address } from '../address.ts';
import { newRequest, type RequestParts } from '../build.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { parseMessage, serialize, type SipMessage, type SipRequest } from '../message.ts';
import { TransactionLayer, type Flow } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { defaultTimers } from '../transaction/timers.ts';
import { fakeTimers } from '../transaction/timers.fixture.ts';
import { sipUri } from '../uri.ts';
import { newVia } from '../via.ts';
import type {
  IncomingSession,
  Invitation,
  PeerOffer,
  PeerRefer,
  SessionListener,
  StoredSession,
  LostInvite,
  StoredInvite,
  Session,
  RequestSender,
} from './session.ts';
import { Sessions } from './sessions.ts';
import { headOf, inviteOfHead } from './stored-invite.ts';

/** A description with one audio medium. */
export const sdp = (name: string, direction = 'sendrecv', version = 1): string =>
  [
    'v=0',
    `o=${name} 1 ${version} IN IP4 192.0.2.1`,
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    `a=${direction}`,
    '',
  ].join('\r\n');

type Clock = ReturnType<typeof fakeTimers>;

/** What a listener was called with, in order: `answer`, `failure 486`, `end peer`. */
export type Listener = SessionListener & {
  readonly calls: string[];
  readonly offers: PeerOffer[];
  readonly refers: PeerRefer[];
};

/** A listener that records, and answers nothing by itself. */
export function newListener(): Listener {
  const [calls, offers, refers]: [string[], PeerOffer[], PeerRefer[]] = [[], [], []];
  const noted = (word: string, text?: string): void => void calls.push(text === undefined ? word : `${word} ${text}`);
  const owner = (text: string | undefined): string | undefined => /o=(\S+)/.exec(text ?? '')?.[1];
  return {
    calls,
    offers,
    refers,
    onProgress: ({ status, sdp: media }) => noted(`progress ${status}`, owner(media)),
    onAnswer: ({ sdp: media }) => noted('answer', owner(media)),
    onFailure: ({ status, by }) => noted(`failure ${status}`, by),
    onSilence: (isSilent) => noted(`silence ${isSilent}`),
    onAcknowledge: ({ sdp: media }) => noted('acknowledge', owner(media)),
    onOffer: (offer) => {
      noted('offer', owner(offer.sdp));
      offers.push(offer);
    },
    onInfo: ({ contentType, body, respond }) => {
      noted('info', `${contentType} ${body.toString()}`);
      respond(200);
    },
    onRefer: (refer) => {
      noted('refer');
      refers.push(refer);
    },
    onEnd: ({ by, q850 }) => noted(`end ${by}`, q850?.toString()),
  };
}

/** One side of the network. */
export type Side = ReturnType<typeof newSide>;

type Network = {
  readonly deliver: (from: string, bytes: Buffer) => void;
  readonly clock: Clock;
  readonly mayBeForged: boolean;
  reliable: boolean;
};

/** @param first number of its first tag: one that takes the place of another repeats none */
function newSide(name: string, network: Network, max: number, first = 0) {
  let count = first;
  const newTag = (): string => `${name}${(count += 1)}`;
  const flow = {
    get reliable() {
      return network.reliable;
    },
  };
  const incoming: { session: IncomingSession; listener: Listener; request: SipRequest }[] = [];
  const outside: string[] = [];
  const contact = sipUri({ user: name, host: `${name}.example.com` });
  const layer: TransactionLayer<Flow> = new TransactionLayer<Flow>({
    send: (bytes) => network.deliver(name, bytes),
    setTimer: network.clock.setTimer,
    timers: defaultTimers,
    newTag,
    max: 1_000,
    user: {
      onRequest: (request, transaction) => receive(request, transaction),
      isOfSource: () => true,
      onAck: (ack) => sessions.onAck(ack),
      onCancel: (transaction, cancel) => {
        if (!sessions.onCancel(transaction, cancel)) transaction.respond({ status: 487 });
      },
      onStrayResponse: (response) => sessions.onStrayResponse(response),
      onServerFailure: (transaction) => sessions.onServerFailure(transaction),
    },
  });
  const withVia = (request: SipRequest): SipRequest =>
    request.with(request.headers.prepend(header.via, newVia('UDP', `${name}.example.com`, 5060, `z9hG4bK${newTag()}`)));
  const sender: RequestSender = {
    request: (request, listener) => {
      const transaction = layer.request(withVia(request), flow, listener);
      return {
        cancel: (headers) => transaction?.cancel(headers),
        stored: () => transaction && { head: headOf(transaction.request) },
      };
    },
    acknowledge: (ack) => network.deliver(name, serialize(withVia(ack))),
  };
  const sessions = new Sessions<Flow>({
    setTimer: network.clock.setTimer,
    timers: defaultTimers,
    newTag,
    random: () => 0.5,
    headers: Headers.none,
    max,
  });
  const receive = (request: SipRequest, transaction: ServerTransaction<Flow>): void => {
    if (sessions.receive(request, transaction)) return;
    outside.push(request.method);
    if (request.method !== 'INVITE') return void transaction.respond({ status: 405 });
    const listener = newListener();
    const { mayBeForged } = network;
    const session = sessions.accept({ request, transaction, sender, contact, mayBeForged }, listener);
    if (session !== undefined) incoming.push({ session, listener, request });
  };
  const invite = (parts: Partial<Invitation> = {}) => {
    const listener = newListener();
    const session = sessions.invite(
      {
        uri: sipUri({ user: 'callee', host: 'example.com' }),
        from: address(sipUri({ user: name, host: 'example.com' })),
        to: address(sipUri({ user: 'callee', host: 'example.com' })),
        contact,
        sdp: sdp(name),
        timeout: 60_000,
        ...parts,
      },
      sender,
      listener,
    );
    if (session === undefined) throw new Error('at the limit of sessions');
    return { session, listener };
  };
  const restore = (stored: StoredSession): { session: Session; listener: Listener } => {
    const listener = newListener();
    const session = sessions.restore(stored, sender, listener);
    if (session === undefined) throw new Error('not restored');
    return { session, listener };
  };
  /** Ends an INVITE of a side that has crashed. */
  const abandon = ({ head = '', dialogs }: StoredInvite): Promise<unknown> => {
    const lost = inviteOfHead(head);
    if (lost === undefined) throw new Error('no INVITE');
    const resume: LostInvite['resume'] = (listener) => layer.resume(lost, flow, listener);
    return sessions.abandon({ invite: lost, dialogs, sender, resume, reason: { q850: 41 } });
  };
  return { abandon, name, layer, sessions, incoming, outside, sender, contact, invite, restore };
}

/** What a message is, such as `INVITE` or `200 BYE`. */
export const nameOf = (message: SipMessage): string =>
  message.kind === 'request' ? message.method : `${message.status} ${message.cseq.method}`;

export type Sent = { readonly at: number; readonly from: string; readonly message: SipMessage };

export type PairOptions = {
  /** Milliseconds. */
  readonly delay?: number | ((sent: Sent) => number);
  /** Which messages do not arrive. */
  readonly lose?: (sent: Sent) => boolean;
  readonly reliable?: boolean;
  /** Whether Alice has not authenticated. */
  readonly mayBeForged?: boolean;
  /** Sessions of Bob. */
  readonly max?: number;
  /** Whether the INVITE of Alice rings at Carol, too, as a proxy forks it. */
  readonly forks?: boolean;
};

/** To whom a message of Alice goes: by the tag of the other party; to both where it has none yet. */
function calledBy(message: SipMessage, sides: ReadonlyMap<string, Side>): readonly (Side | undefined)[] {
  const tag = message.kind === 'request' ? message.toTag : message.fromTag;
  const [bob, carol] = [sides.get('bob'), sides.get('carol')];
  return tag === undefined ? [bob, carol] : [tag.startsWith('carol') ? carol : bob];
}

/** Alice and Bob. */
export function newPair(options: PairOptions = {}) {
  const clock = fakeTimers();
  const sent: Sent[] = [];
  const sides = new Map<string, Side>();
  const network: Network = {
    clock,
    reliable: options.reliable ?? false,
    mayBeForged: options.mayBeForged ?? false,
    deliver: (from, bytes) => {
      const message = parseMessage(bytes);
      if (message.kind === 'malformed') throw new Error(`${message.reason}: ${bytes.toString()}`);
      const entry = { at: clock.now(), from, message };
      sent.push(entry);
      if (options.lose?.(entry) === true) return;
      const { delay = 10 } = options;
      clock.setTimer(typeof delay === 'number' ? delay : delay(entry), () => {
        const receivers = from === 'alice' ? calledBy(message, sides) : [sides.get('alice')];
        for (const side of receivers) side?.layer.receive(message, { reliable: network.reliable });
      });
    },
  };
  const alice = newSide('alice', network, 100);
  const bob = newSide('bob', network, options.max ?? 100);
  const carol = options.forks === true ? newSide('carol', network, 100) : undefined;
  sides.set('alice', alice).set('bob', bob);
  if (carol !== undefined) sides.set('carol', carol);
  /** Messages as `alice INVITE`, without those that were named. */
  const flow = (...without: readonly string[]): readonly string[] =>
    sent
      .map(({ from, message }) => `${from} ${nameOf(message)}`)
      .filter((each) => !without.includes(each.slice(each.indexOf(' ') + 1)));
  const count = (what: string): number => flow().filter((each) => each === what).length;
  const last = (what: string): SipMessage =>
    sent.filter(({ from, message }) => `${from} ${nameOf(message)}` === what).at(-1)!.message;
  /** After everything is over nothing may be left: dialogs, transactions and timers. */
  const left = (): readonly number[] => [
    alice.sessions.size,
    bob.sessions.size + (carol?.sessions.size ?? 0),
    alice.layer.size,
    bob.layer.size + (carol?.layer.size ?? 0),
    clock.pending(),
  ];
  /** Alice calls Bob, who answers. */
  const call = (parts: Partial<Invitation> = {}) => {
    const caller = alice.invite(parts);
    clock.advance(100);
    const callee = bob.incoming.at(-1)!;
    callee.session.answer(sdp('bob'));
    clock.advance(100);
    return { caller, callee };
  };
  /** Alice crashes. @returns who takes her place; until then everything that is sent to her is lost */
  const crash = (): Side => {
    alice.layer.close();
    const successor = newSide('alice', network, 100, 1_000);
    sides.set('alice', successor);
    return successor;
  };
  let forged = 0;
  /** Bob receives a request in the name of Alice, within the dialog of her last ACK. @returns his response */
  const forge = (method: string, parts: Partial<RequestParts> = {}): string | undefined => {
    const ack = last(count('alice ACK') === 0 ? 'alice INVITE' : 'alice ACK');
    forged += 1;
    const request = newRequest({
      method,
      uri: bob.contact,
      via: newVia('UDP', 'alice.example.com', 5060, `z9hG4bKforged${forged}`),
      from: ack.from,
      to: ack.to,
      callId: ack.callId,
      sequence: 100 + forged,
      ...parts,
    });
    bob.layer.receive(request, { reliable: false });
    return flow().findLast((each) => each.startsWith('bob ') && each.endsWith(` ${method}`));
  };
  return { clock, sent, alice, bob, carol, flow, count, last, left, call, crash, forge };
}
