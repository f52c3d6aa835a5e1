import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { SoftCall } from './soft-call.fixture.ts';
import type { Softphone } from './softphone.fixture.ts';

/** Milliseconds from packet to packet. */
const interval = 20;

/** Offset of the content in a packet: the number, and the length of the primary IFP packet. */
const contentAt = 3;

/**
 * A fax machine's T.38 over UDPTL (ITU-T T.38, section 9.1): a number, the primary IFP packet with its length, and
 * error recovery without secondary packets. The content names who sends it.
 */
export class UdptlParty implements Disposable {
  /** Media lines of its description (RFC 3362, ITU-T T.38, annex D). */
  readonly media: readonly string[];
  /** Contents of all packets so far. */
  readonly received: string[] = [];
  readonly #socket: Socket;
  readonly #name: string;
  #sequence = 0;
  #sending: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, name: string) {
    this.#socket = socket;
    this.#name = name;
    this.media = [
      `m=image ${socket.address().port} udptl t38`,
      'a=T38FaxVersion:0',
      'a=T38MaxBitRate:14400',
      'a=T38FaxRateManagement:transferredTCF',
      'a=T38FaxMaxBuffer:1024',
      'a=T38FaxMaxDatagram:238',
      'a=T38FaxUdpEC:t38UDPRedundancy',
    ];
    socket.on('message', (bytes) => void this.received.push(contentOf(bytes)));
  }

  /** That of a phone, at the port after its audio. @param name its content */
  static async open({ place, mediaPort }: Pick<Softphone, 'place' | 'mediaPort'>, name: string): Promise<UdptlParty> {
    const socket = createSocket('udp4').bind(mediaPort + 1, place.address);
    await once(socket, 'listening');
    return new UdptlParty(socket, name);
  }

  /** Sends to where the peer of a call wants its fax. */
  sendTo({ remote }: Pick<SoftCall, 'remote'>): void {
    const [, address = ''] = /^c=IN IP4 (\S+)/m.exec(remote) ?? [];
    const [, port = ''] = /^m=image (\d+)/m.exec(remote) ?? [];
    clearInterval(this.#sending);
    this.#sending = setInterval(() => this.#socket.send(this.#packet(), Number(port), address), interval);
  }

  /** Sends nothing more. */
  silence(): void {
    clearInterval(this.#sending);
  }

  [Symbol.dispose](): void {
    this.silence();
    this.#socket.close();
  }

  #packet(): Buffer {
    const content = Buffer.from(this.#name);
    const head = Buffer.from([this.#sequence >> 8, this.#sequence & 0xff, content.length]);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return Buffer.concat([head, content, Buffer.from([0, 0])]);
  }
}

/** The content of a packet; empty if its lengths are not those of one. */
function contentOf(bytes: Buffer): string {
  const length = bytes[contentAt - 1] ?? 0;
  return bytes.length === contentAt + length + 2 ? bytes.toString('latin1', contentAt, contentAt + length) : '';
}
