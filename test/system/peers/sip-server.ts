import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { connect } from '../cloud.ts';

const [address = '', port = '5060'] = (connect().outputs['SipAddress'] ?? '').split(':');

/** Address of the sidecar under test, for UDP and TCP. */
export const sipServer = { address, port: Number(port) } as const;

const [tlsAddress = '', tlsPort = '5061'] = (connect().outputs['SipTlsAddress'] ?? '').split(':');

/** Its address for TLS, and the file of its certificate. */
export const sipTlsServer = {
  address: tlsAddress,
  port: Number(tlsPort),
  authority: join(dirname(process.env['OUTPUTS'] ?? ''), 'sip-tls-certificate.pem'),
} as const;

/** A local address from which no other test sends: the sidecar limits rates per source. */
export const ownAddress = (): string =>
  ['127', ...randomBytes(3)]
    .map((byte) => (typeof byte === 'number' ? Math.max(1, Math.min(254, byte)) : byte))
    .join('.');

/**
 * Port of peers that tests run at their own addresses. It is not 5060, which another sidecar or scanner may have bound
 * on all addresses.
 */
export const peerPort = 15_060;
