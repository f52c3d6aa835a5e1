import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shareOf } from '#functions/media-relay/recordings/recording.fixture.ts';
import { formatsIn } from '#functions/sip-sidecar/media/descriptions.fixture.ts';
import { address } from '#sip/address.ts';
import { newResponse } from '#sip/build.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { parseMessage, serialize, type SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { sipUri } from '#sip/uri.ts';
import { decodeG711 } from '#sounds/g711.ts';
import { eventually } from '#test/support/eventually.ts';
import { TelephoneEvents } from '#test/support/telephone-events.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { eventType, mediaLines, voices, type Voice } from '#test/support/voices.fixture.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, uniqueName } from '../tenant.fixture.ts';

/**
 * A carrier behind whose address several answer one INVITE: each response has the To tag of its own early dialog (RFC
 * 3261 §12.1, §13.2.2.4), and its codec.
 */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let carrier: ForkingCarrier;
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  ann = everything.use(await ToneListener.register(tenant, tasks[0], '201', voices.PCMA));
  carrier = everything.use(await ForkingCarrier.open(ownAddress()));
  const { address: host, port } = carrier.place;
  const gateway = uniqueName('forking');
  const made = [
    await tenant.ask('PUT', '/sipgateways/new', { name: gateway, host, port, ping: { enabled: false } }),
    await tenant.ask('PUT', '/dialplan/policy', {
      ...{ name: uniqueName('mobile'), status: 'active', priority: 10 },
      conditions: { pattern: '^[+]4670' },
      actions: { allow: true, gateway },
    }),
  ];
  expect(made.map(outcome)).toEqual(['201', '201']);
});
afterAll(() => everything.disposeAsync());

/** Who answers, by the tag of its dialog. */
type Answerer = { readonly tag: string; readonly voice: Voice; readonly media: TelephoneEvents };

/** A carrier that says nothing until the test lets someone behind it do so. */
class ForkingCarrier implements Disposable {
  /** Requests within dialogs: method and To tag. */
  readonly received: string[] = [];
  readonly #socket: Socket;
  readonly #from: string;
  #invite: { readonly request: SipRequest; readonly to: { address: string; port: number } } | undefined;

  private constructor(socket: Socket, from: string) {
    [this.#socket, this.#from] = [socket, from];
    socket.on('message', (bytes, to) => this.#take(bytes, to));
  }

  static async open(from: string): Promise<ForkingCarrier> {
    const socket = createSocket('udp4').bind(0, from);
    await once(socket, 'listening');
    return new ForkingCarrier(socket, from);
  }

  get place() {
    return this.#socket.address();
  }

  /** The description that it was offered. */
  get offered(): string {
    return this.#invite?.request.body.toString() ?? '';
  }

  respond(status: number, { tag, voice, media }: Answerer): void {
    if (this.#invite === undefined) throw new Error('no one has called');
    const { request, to } = this.#invite;
    const headers = Headers.none
      .append(header.contact, address(sipUri({ user: tag, host: this.#from, port: this.place.port })))
      .append(header.contentType, { value: 'application/sdp', parameters: Parameters.none });
    const body = Buffer.from(media.offer);
    expect(media.offer).toContain(`RTP/AVP ${voice.type} ${eventType}`);
    this.#socket.send(serialize(newResponse(request, { status, toTag: tag, headers, body })), to.port, to.address);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #take(bytes: Buffer, to: { readonly address: string; readonly port: number }): void {
    const request = parseMessage(bytes);
    if (request.kind !== 'request') return;
    if (request.method === 'INVITE') {
      this.#invite ??= { request, to };
      this.#socket.send(serialize(newResponse(request, { status: 100 })), to.port, to.address);
      return;
    }
    this.received.push(`${request.method} ${request.toTag}`);
    if (request.method !== 'ACK')
      this.#socket.send(serialize(newResponse(request, { status: 200 })), to.port, to.address);
  }
}

async function newAnswerer(tag: string, voice: Voice): Promise<Answerer> {
  return { tag, voice, media: everything.use(await TelephoneEvents.open(ownAddress(), 0, voice)) };
}

/** Speaks with a tone until who listens has heard it in a codec. @param format payload type */
async function expectHeard(speaker: TelephoneEvents, listener: TelephoneEvents, tone: number, format: number) {
  await eventually(async () => {
    const before = listener.heard.length;
    await speaker.speak(300, tone);
    const heard = listener.heard
      .slice(before)
      .filter((payload) => shareOf(tone, [...decodeG711(format, payload)]) > 0.7);
    expect(heard.length).toBeGreaterThan(5);
  }, 20_000);
}

test('the early media of one answerer are heard, and then the call of another one that has another codec', async () => {
  const [one, two] = [await newAnswerer('one', voices.PCMU), await newAnswerer('two', voices.PCMA)];
  const [first = '', ...others] = mediaLines(voices.PCMA, ann.phone.mediaPort);
  const media = [first.replace(' 8 ', ' 0 8 '), ...others];
  const call = ann.phone.call('+46701234567', { media });
  await eventually(() => expect(formatsIn(carrier.offered)).toEqual([0, 8, eventType]), 20_000);

  carrier.respond(183, one);
  await eventually(() => expect(call.log).toContain('183'), 20_000);
  expect(formatsIn(call.remote)).toEqual([0, eventType]);
  ann.voice.sendTo(call.remote);
  one.media.sendTo(carrier.offered);
  await expectHeard(one.media, ann.voice, 700, 0);
  expect(call.isUp).toBe(false);

  carrier.respond(200, two);
  await eventually(() => expect(call.isUp).toBe(true), 20_000);
  expect(formatsIn(call.remote)).toEqual([8, eventType]);
  await eventually(() => expect(carrier.received).toContain('ACK two'), 20_000);
  two.media.sendTo(carrier.offered);
  await expectHeard(two.media, ann.voice, 1_000, 8);
  await expectHeard(ann.voice, two.media, 1_500, 8);

  call.hangUp();
  await eventually(() => expect(carrier.received.at(-1)).toBe('BYE two'), 20_000);
  expect(carrier.received.filter((each) => !each.endsWith(' two'))).toEqual([]);
});
