import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { SrtpParty } from './srtp.fixture.ts';
import {
  digitPacket,
  eventType,
  mediaLines,
  packet,
  packetDecoder,
  tonePacket,
  type Voice,
  voices,
} from './voices.fixture.ts';

/** In the order of RFC 4733 §3.2, table 3. */
const names = '0123456789*#ABCD';

/** How digits are sent: milliseconds of each and between two, and how often the end of each is sent. */
type Typing = { readonly milliseconds?: number; readonly gap?: number; readonly ends?: number };

/** A phone that presses digits by RFC 4733, packet by packet, and hears. */
export class TelephoneEvents implements Disposable {
  /** Payloads of what it has heard, by their order. */
  readonly heard: Buffer[] = [];
  /** Samples of each, 8,000 a second. */
  readonly samples: (readonly number[])[] = [];
  /** When each came (`performance.now()`), and its RTP timestamp. */
  readonly times: { readonly at: number; readonly stamp: number }[] = [];
  readonly #socket: Socket;
  /** What is sent at the same time, each 20 ms. */
  readonly #due: { readonly packets: readonly Buffer[]; readonly isSent: () => void }[] = [];
  readonly #clock: NodeJS.Timeout;
  #remote = { address: '', port: 0 };
  #sender = { address: '', port: 0 };
  #sequence = 0;
  #timestamp = 0;

  /** Payload type of its events. */
  eventType: number = eventType;
  readonly #voice: Voice;
  readonly #srtp: SrtpParty | undefined;
  #spoken = 0;

  private constructor(
    socket: Socket,
    { voice, srtp }: { readonly voice: Voice; readonly srtp: SrtpParty | undefined },
    decode: (payload: Buffer) => readonly number[],
  ) {
    this.#socket = socket;
    this.#voice = voice;
    this.#srtp = srtp;
    socket.on('message', (packetBytes, sender) => {
      const bytes = srtp === undefined ? packetBytes : srtp.unprotect(packetBytes);
      if (bytes === undefined) return;
      this.#sender = sender;
      this.heard.push(bytes.subarray(12));
      this.samples.push(decode(bytes.subarray(12)));
      this.times.push({ at: performance.now(), stamp: bytes.readUInt32BE(4) });
    });
    this.#clock = setInterval(() => this.#sendNext(), packet.milliseconds);
  }

  /** @param port default: any @param srtp its keys; default: it has none */
  static async open(address: string, port = 0, voice: Voice = voices.PCMU, srtp?: SrtpParty): Promise<TelephoneEvents> {
    const socket = createSocket('udp4').bind(port, address);
    await once(socket, 'listening');
    return new TelephoneEvents(socket, { voice, srtp }, await packetDecoder(voice));
  }

  /** The description that it offers. */
  get offer(): string {
    return description(this.#socket.address(), this.#voice);
  }

  /** Sends to where an answer says. @throws Error for a text without a place, as that of a call before its answer */
  sendTo(answer: string): void {
    const [, address] = /^c=IN IP4 (\S+)/m.exec(answer) ?? [];
    const [, port] = /^m=audio ([1-9]\d*)/m.exec(answer) ?? [];
    if (address === undefined || port === undefined) throw new Error('the call has no place for media yet');
    this.#srtp?.follow(answer);
    this.#remote = { address, port: Number(port) };
  }

  /** Sends to where it hears packets from. */
  sendBack(): void {
    this.#remote = this.#sender;
  }

  /** Says nothing, or a tone. @param milliseconds for which @param frequency hertz; 0: nothing */
  async speak(milliseconds: number, frequency = 0): Promise<void> {
    for (let sent = 0; sent < milliseconds; sent += packet.milliseconds) {
      const payload = tonePacket(this.#voice, frequency, this.#spoken);
      await this.#send([this.#packet(this.#voice.type, payload)]);
      this.#spoken += packet.samples;
      this.#timestamp += packet.milliseconds * this.#voice.units;
    }
  }

  async press(digits: string, { milliseconds = 80, gap = 0, ends = 3 }: Typing = {}): Promise<void> {
    for (const digit of digits) {
      const event = names.indexOf(digit);
      for (let at = packet.milliseconds; at < milliseconds; at += packet.milliseconds)
        await this.#send([this.#packet(this.eventType, this.#event(event, at, false))]);
      const end = this.#event(event, milliseconds, true);
      await this.#send(Array.from({ length: ends }, () => this.#packet(this.eventType, end)));
      this.#timestamp += milliseconds * this.#voice.units;
      await this.speak(gap);
    }
  }

  /** Sends digits as tones in the audio, as a phone without telephone events does. PCMU or PCMA only. */
  async sound(digits: string, { milliseconds = 100, gap = 100 }: Omit<Typing, 'ends'> = {}): Promise<void> {
    for (const digit of digits) {
      for (let at = 0; at < milliseconds; at += packet.milliseconds) {
        await this.#send([this.#packet(this.#voice.type, digitPacket(this.#voice, digit, at * this.#voice.units))]);
        this.#timestamp += packet.milliseconds * this.#voice.units;
      }
      await this.speak(gap);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#clock);
    this.#socket.close();
  }

  /** A payload of RFC 4733 §2.3. */
  #event(event: number, milliseconds: number, isEnd: boolean): Buffer {
    const payload = Buffer.alloc(4);
    payload.writeUInt8(event, 0);
    payload.writeUInt8(isEnd ? 0x8a : 0x0a, 1);
    payload.writeUInt16BE(milliseconds * this.#voice.eventUnits, 2);
    return payload;
  }

  #packet(type: number, payload: Buffer): Buffer {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt8(type, 1);
    header.writeUInt16BE((this.#sequence += 1) & 0xffff, 2);
    header.writeUInt32BE(this.#timestamp >>> 0, 4);
    header.writeUInt32BE(7, 8);
    return Buffer.concat([header, payload]);
  }

  #send(packets: readonly Buffer[]): Promise<void> {
    return new Promise((isSent) => this.#due.push({ packets, isSent }));
  }

  #sendNext(): void {
    const { packets, isSent } = this.#due.shift() ?? { packets: [], isSent: () => undefined };
    for (const bytes of packets)
      this.#socket.send(this.#srtp?.protect(bytes) ?? bytes, this.#remote.port, this.#remote.address);
    isSent();
  }
}

type Place = { readonly address: string; readonly port: number };

/** What a voice and its telephone events have at an address. Port 9 discards: that of a party that no one is. */
export const description = ({ address, port }: Place, voice: Voice = voices.PCMU): string =>
  ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', ...mediaLines(voice, port), ''].join(
    '\r\n',
  );
