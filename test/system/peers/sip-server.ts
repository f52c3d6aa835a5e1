import { randomBytes } from 'node:crypto';
import { connect } from '../cloud.ts';

const [address = '', port = '5060'] = (connect().outputs['SipAddress'] ?? '').split(':');

/** Where the sidecar under test takes packets, over UDP and TCP. */
export const sipServer = { address, port: Number(port) } as const;

/** An address of this machine that no other test sends from: the sidecar judges sources one by one. */
export const ownAddress = (): string =>
  ['127', ...randomBytes(3)]
    .map((byte) => (typeof byte === 'number' ? Math.max(1, Math.min(254, byte)) : byte))
    .join('.');

/**
 * The port of peers that tests play at an address of their own: not the usual one, which another system's sidecar or
 * scanner may have taken at all addresses.
 */
export const peerPort = 15_060;
