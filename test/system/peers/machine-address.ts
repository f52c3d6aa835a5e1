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
