import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readDigitDatagram } from './digit-datagram.ts';
import type { DigitLog } from './digit-log.ts';

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
