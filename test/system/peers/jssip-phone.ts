import JsSIP from 'jssip';
import { afterAll, beforeAll, vi } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import {
  lineStateType,
  FakeMedia,
  type BrowserCall,
  type BrowserPhone,
  type Watching,
  type WebSocketAccount,
} from './browser-phone.ts';

type Description = { readonly type: 'offer' | 'answer'; readonly sdp: string };

/** What JsSIP uses of WebRTC. */
class FakePeerConnection extends EventTarget {
  readonly iceGatheringState = 'complete';
  readonly iceConnectionState = 'connected';
  readonly signalingState = 'stable';
  localDescription: Description | undefined;
  readonly #media = new FakeMedia();

  createOffer(): Promise<Description> {
    return Promise.resolve({ type: 'offer', sdp: this.#media.offer() });
  }

  createAnswer(): Promise<Description> {
    return Promise.resolve({ type: 'answer', sdp: this.#media.answer() });
  }

  setLocalDescription(description: Description): Promise<void> {
    this.localDescription = description;
    return Promise.resolve();
  }

  setRemoteDescription({ sdp }: Description): Promise<void> {
    this.#media.receive(sdp);
    return Promise.resolve();
  }

  getSenders(): readonly never[] {
    return [];
  }

  close(): void {
    this.localDescription = undefined;
  }
}

class FakeDescription {
  readonly type: Description['type'];
  readonly sdp: string;

  constructor({ type, sdp }: Description) {
    this.type = type;
    this.sdp = sdp;
  }
}

/** JsSIP looks for WebRTC among the globals of a browser: it is there for the tests of this file. */
export function provideWebRtc(): void {
  beforeAll(() => {
    vi.stubGlobal('window', { RTCPeerConnection: FakePeerConnection });
    vi.stubGlobal('RTCPeerConnection', FakePeerConnection);
    vi.stubGlobal('RTCSessionDescription', FakeDescription);
  });
  afterAll(() => vi.unstubAllGlobals());
}

/** Media without tracks: JsSIP asks for a microphone otherwise. */
const noStream = {
  getTracks: () => [],
  getAudioTracks: () => [],
  getVideoTracks: () => [],
};

type Session = ReturnType<InstanceType<typeof JsSIP.UA>['call']>;

function callOf(session: Session, domain: string): BrowserCall {
  const seen: string[] = [];
  const fromPeer = (text: string) => (event: { readonly originator: string }) => {
    if (event.originator === 'remote') seen.push(text);
  };
  session.on('progress', fromPeer('ringing'));
  session.on('confirmed', () => seen.push('answered'));
  session.on('ended', fromPeer('hung up'));
  session.on('failed', (event: { readonly originator: string; readonly message?: unknown; readonly cause: string }) => {
    const { status_code: status } = Object(event.message) as { readonly status_code?: number };
    if (event.cause === 'Canceled') seen.push('cancelled');
    else seen.push(`rejected ${status ?? event.cause}`);
  });
  session.on('hold', fromPeer('held'));
  session.on('unhold', fromPeer('resumed'));
  session.on('newDTMF', (event: { readonly originator: string; readonly dtmf: { readonly tone: string } }) => {
    if (event.originator === 'remote') seen.push(`digit ${event.dtmf.tone}`);
  });
  return {
    seen,
    answer: () => session.answer({ mediaStream: noStream }),
    reject: (status) => session.terminate({ status_code: status }),
    hangUp: () => session.terminate(),
    // It does neither before the exchange before it is complete.
    hold: () => void eventually(() => session.hold()),
    resume: () => void eventually(() => session.unhold()),
    transfer: (extension) => {
      const eventHandlers = {
        accepted: () => seen.push('transferred'),
        requestFailed: () => seen.push('not transferred'),
        failed: () => seen.push('not transferred'),
      };
      session.refer(`sip:${extension}@${domain}`, { eventHandlers });
    },
    press: (digit) => session.sendDTMF(digit),
  };
}

function watch(phone: InstanceType<typeof JsSIP.UA>, target: string): Watching {
  const notified: { readonly body: string }[] = [];
  let isOver = false;
  const subscriber = phone.subscribe(target, 'dialog', lineStateType, {});
  subscriber.on('notify', (_isFinal, _request, body) => notified.push({ body: body ?? '' }));
  subscriber.on('terminated', () => (isOver = true));
  subscriber.subscribe();
  return { notified, end: () => subscriber.terminate(), isOver: () => isOver };
}

/** A phone of JsSIP, registered. Calls need `provideWebRtc`. */
export async function jsSipPhone({ username, password, domain, url }: WebSocketAccount): Promise<BrowserPhone> {
  let registrations = 0;
  const incoming: BrowserCall[] = [];
  const phone = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url)],
    uri: `sip:${username}@${domain}`,
    password,
    connection_recovery_min_interval: 1,
  });
  phone.on('registered', () => (registrations += 1));
  phone.on('newRTCSession', ({ originator, session }: { readonly originator: string; readonly session: Session }) => {
    if (originator === 'remote') incoming.push(callOf(session, domain));
  });
  phone.start();
  await eventually(() => registrations > 0);
  return {
    call: (extension) => callOf(phone.call(`sip:${extension}@${domain}`, { mediaStream: noStream }), domain),
    watch: (extension) => watch(phone, `sip:${extension}@${domain}`),
    incoming,
    registrations: () => registrations,
    [Symbol.dispose]: () => phone.stop(),
  };
}
