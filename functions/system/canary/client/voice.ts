import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** The media of a call of the canary: PCMU by RTP (RFC 3551), from a port of its own. */

export type Voice = AsyncDisposable & {
  /** Its description. @param host its own address */
  readonly offer: (host: string) => string;
  /** Speaks to where an answer says, until its own packets have come back. */
  readonly untilHeard: (sdp: string) => Promise<unknown>;
};

/** Packets of 20 ms, their samples, and how many of its own are heard for sure. */
const packets = { time: 20, samples: 160, enough: 10 } as const;

/** A packet of its voice: a constant value that is neither silence nor what music begins with. */
function packetOf(sequence: number, value: number): Buffer {
  const packet = Buffer.alloc(12 + packets.samples, value);
  packet.writeUInt16BE(0x8000, 0);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((sequence * packets.samples) >>> 0, 4);
  packet.writeUInt32BE(0x0ca9a27, 8);
  return packet;
}

export async function openVoice(): Promise<Voice> {
  const socket = createSocket('udp4').bind(0);
  await once(socket, 'listening');
  const value = 0x55;
  let [sequence, heard] = [0, 0];
  let timer: NodeJS.Timeout | undefined;
  const echoed = Promise.withResolvers<number>();
  socket.on('error', (error) => echoed.reject(error));
  socket.on('message', (bytes) => {
    heard += bytes.length > 12 && bytes.subarray(12).every((each) => each === value) ? 1 : 0;
    if (heard >= packets.enough) echoed.resolve(heard);
  });
  return {
    offer: (host) =>
      [
        'v=0',
        `o=canary 1 1 IN IP4 ${host}`,
        's=-',
        `c=IN IP4 ${host}`,
        't=0 0',
        `m=audio ${socket.address().port} RTP/AVP 0`,
        'a=sendrecv',
        '',
      ].join('\r\n'),
    untilHeard: (sdp) => {
      const [, host = ''] = /^c=IN IP4 (\S+)/m.exec(sdp) ?? [];
      const [, port] = /^m=audio (\d+)/m.exec(sdp) ?? [];
      timer = setInterval(() => {
        sequence += 1;
        socket.send(packetOf(sequence, value), Number(port), host);
      }, packets.time);
      return echoed.promise;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      socket.close();
      await once(socket, 'close');
    },
  };
}
