import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as z from 'zod';
import { maxName, type Digit } from '../sip-sidecar/media/relay-control.ts';
import type { DigitLog } from './digit-log.ts';

/** Events of RFC 4733 §3.2, table 3, in their order. */
const digits = '0123456789*#ABCD';

/** Bytes of a datagram. */
const maxDatagram = 4_096;

/**
 * What rtpengine sends to `--dtmf-log-dest` at the end of each event. It sends one for an event, however often its end
 * is repeated; other fields are ignored.
 */
const Datagram = z.object({
  type: z.literal('DTMF'),
  callid: z.string().min(1).max(maxName),
  source_tag: z.string().min(1).max(maxName),
  event: z
    .int()
    .min(0)
    .max(digits.length - 1),
});

/** The digit of a datagram; undefined if it has none. */
export function readDigitDatagram(datagram: Buffer): Omit<Digit, 'sequence'> | undefined {
  if (datagram.length > maxDatagram) return undefined;
  try {
    const { callid: call, source_tag: tag, event } = Datagram.parse(JSON.parse(datagram.toString('utf8')));
    return { call, tag, digit: digits.charAt(event) };
  } catch {
    return undefined;
  }
}

/** Where rtpengine sends digits. */
const loopback = '127.0.0.1';

/** A socket to which rtpengine sends digits. `destination`: its `--dtmf-log-dest`. */
export type DigitReceiver = { readonly destination: string; readonly close: () => Promise<void> };

/** Receives the digits of rtpengine on loopback. */
export async function openDigitReceiver(log: Pick<DigitLog, 'add'>): Promise<DigitReceiver> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.on('message', (datagram) => {
    const digit = readDigitDatagram(datagram);
    if (digit !== undefined) log.add(digit);
  });
  socket.bind(0, loopback);
  await once(socket, 'listening');
  return {
    destination: `${loopback}:${socket.address().port}`,
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
