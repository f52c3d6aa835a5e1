import { once } from 'node:events';
import { createServer } from 'node:net';
import { loopback } from './addresses.ts';

/** UDP ports of media of relays on this machine: beside the ports that systems pick for clients. */
const defaults = { firsts: [10_000, 11_000, 12_000, 13_000, 14_000, 15_000], last: 15_999 } as const;

/** Ports that no other relay uses until `close`, as the variable `MEDIA_PORTS` has them. */
export type MediaPorts = { readonly ports: string; readonly close: () => Promise<void> };

/**
 * Reserves ports for a relay by a TCP listener at their first one. Two relays would bind the same port without an error
 * (`SO_REUSEADDR`), and hear the calls of each other. rtpengine takes ports in their order, so that ranges may end at
 * the same one. Without a free range it gives the whole one.
 */
export async function reserveMediaPorts({
  firsts,
  last,
}: {
  readonly firsts: readonly number[];
  readonly last: number;
} = defaults): Promise<MediaPorts> {
  for (const first of firsts) {
    const server = createServer();
    const isFree = new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    server.listen(first, loopback);
    if (await isFree)
      return { ports: `${first}-${last}`, close: async () => void (await once(server.close(), 'close')) };
  }
  return { ports: `${firsts[0] ?? last}-${last}`, close: async () => undefined };
}
