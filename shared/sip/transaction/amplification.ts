import type { Flow } from './layer.ts';

/**
 * Bytes of a response to an unauthenticated packet at most, as a multiple of the packet's: its source may be forged,
 * and must not receive much more than was sent. A challenge is longer by nature.
 */
const factors = { challenge: 3, default: 1.5 } as const;

const challenges: ReadonlySet<number> = new Set([401, 407]);

/** Whether a response may be sent to a source that is not authenticated. */
export const isProportionate = (response: Buffer, status: number, { received }: Flow): boolean =>
  received === undefined ||
  response.length <= received * (challenges.has(status) ? factors.challenge : factors.default);
