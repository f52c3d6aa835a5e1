import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { second } from '#schema/time.ts';
import type { SoftCall } from './soft-call.fixture.ts';

/** Milliseconds of speech in a packet, and its bytes of PCMU (RFC 3551 §4.5.14). */
const packet = { time: 20, bytes: 160 } as const;

/** Who speaks and listens by RTP (RFC 3550): a phone's media, which softphones describe and do not have. */
export class RtpParty implements Disposable {
  /** Packets by the voice that is heard. Those of browsers, with header extensions, have none. */
  readonly heard = new Map<number, number>();
  /** The payloads of all packets so far. */
  readonly received: Buffer[] = [];
  /** Packets of anyone. */
  packets = 0;
  readonly #socket: Socket;
  readonly #voice: number;
  readonly #sound: (packet: number) => Uint8Array;
  #sequence = 0;
  #speaking: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, voice: number, sound: (packet: number) => Uint8Array) {
    [this.#socket, this.#voice, this.#sound] = [socket, voice, sound];
    socket.on('message', (bytes) => {
      this.received.push(bytes.subarray(12));
      this.packets += 1;
      const voiceHeard = bytes.length === 12 + packet.bytes ? bytes.at(-1) : undefined;
      if (voiceHeard !== undefined) this.heard.set(voiceHeard, (this.heard.get(voiceHeard) ?? 0) + 1);
    });
  }

  /** @param voice 0 to 255 @param sound 160 bytes of PCMU for each packet; default: the voice */
  static async open(
    { address, port }: { readonly address: string; readonly port: number },
    voice: number,
    sound: (packet: number) => Uint8Array = () => Buffer.alloc(packet.bytes, voice),
  ): Promise<RtpParty> {
    const socket = createSocket('udp4').bind(port, address);
    await once(socket, 'listening');
    return new RtpParty(socket, voice, sound);
  }

  /**
   * Speaks to where the peer of a call wants its media, at the pace of a clock: timers alone are late, so that a call
   * would have fewer packets than time.
   * @param every milliseconds from packet to packet, more than 20 of one of many parties
   */
  speakTo(call: Pick<SoftCall, 'remote'>, every: number = packet.time): void {
    const place = mediaPlace(call);
    clearInterval(this.#speaking);
    const began = performance.now();
    let sent = 0;
    this.#speaking = setInterval(() => {
      for (; (sent + 1) * every <= performance.now() - began; sent += 1) this.sendTo(place);
    }, every);
  }

  /** Says nothing more. */
  silence(): void {
    clearInterval(this.#speaking);
  }

  /** Sends one packet. */
  sendTo({ address, port }: { readonly address: string; readonly port: number }): void {
    this.#socket.send(this.#packet(), port, address);
  }

  /** Its own address. */
  get address(): string {
    return this.#socket.address().address;
  }

  /** Packets that it has sent. */
  get sent(): number {
    return this.#sequence;
  }

  /** Packets of a voice so far. */
  packetsOf(voice: number): number {
    return this.heard.get(voice) ?? 0;
  }

  [Symbol.dispose](): void {
    this.silence();
    this.#socket.close();
  }

  #packet(): Buffer {
    const header = Buffer.alloc(12);
    this.#sequence += 1;
    header.writeUInt16BE(0x8000, 0);
    header.writeUInt16BE(this.#sequence & 0xffff, 2);
    header.writeUInt32BE((this.#sequence * packet.bytes) >>> 0, 4);
    header.writeUInt32BE(0x1000 + this.#voice, 8);
    return Buffer.concat([header, this.#sound(this.#sequence)]);
  }
}

/** Where the peer of a call wants its media. */
function mediaPlace({ remote }: Pick<SoftCall, 'remote'>) {
  const [, address = ''] = /^c=IN IP4 (\S+)/m.exec(remote) ?? [];
  const [, port] = /^m=audio (\d+)/m.exec(remote) ?? [];
  return { address, port: Number(port) } as const;
}

/** What an RTCP receiver report without blocks is (RFC 3550 §6.4.2). */
const report = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 1]);

/** Sends RTCP each second to the peer of a call, at the port after that of the audio. @param from own address */
export function sendReports(call: Pick<SoftCall, 'remote'>, from: string): Disposable {
  const { address, port } = mediaPlace(call);
  const socket = createSocket('udp4').bind(0, from);
  const timer = setInterval(() => socket.send(report, port + 1, address), second);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      socket.close();
    },
  };
}
