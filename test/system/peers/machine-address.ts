import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { beforeEach } from 'vitest';

/** An IPv4 address of this machine that a trunk may have: neither loopback nor link-local. */
const own = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'));

export const machineAddress = own?.address ?? '';

/** Declares that the tests of a file or a `describe` need such an address; without one they are skipped. */
export function needsMachineAddress(): void {
  if (own !== undefined) return;
  beforeEach(({ skip }) => skip('this machine has no IPv4 address besides loopback, from which a trunk could call'));
}

/** Ports that the system gives to no socket by itself, so that no other test gets one in between. */
const ports = { first: 16_000, last: 31_999 } as const;

const isFree = async (port: number, address: string): Promise<boolean> => {
  await using open = new AsyncDisposableStack();
  const socket = open.adopt(createSocket('udp4').bind(port, address), async (each) => void each.close());
  const server = open.adopt(createServer().listen(port, address), async (each) => void each.close());
  try {
    await Promise.all([once(socket, 'listening'), once(server, 'listening')]);
    return true;
  } catch {
    return false;
  }
};

/** A UDP and TCP port of an address which no one uses. */
export async function freePort(address = machineAddress): Promise<number> {
  for (;;) {
    const port = randomInt(ports.first, ports.last);
    if (await isFree(port, address)) return port;
  }
}
