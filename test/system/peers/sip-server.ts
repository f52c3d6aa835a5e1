import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { connect } from '../cloud.ts';

/** Address and port of an output of the cloud under test, which is read when they are used. */
function placeOf(output: 'SipAddress' | 'SipTlsAddress', usualPort: string) {
  const [address = '', port = usualPort] = (connect().outputs[output] ?? '').split(':');
  return { address, port: Number(port) };
}

/** Address of the sidecar under test, for UDP and TCP. */
export const sipServer = {
  get address() {
    return placeOf('SipAddress', '5060').address;
  },
  get port() {
    return placeOf('SipAddress', '5060').port;
  },
} as const;

/** Its address for TLS, and the file of its certificate. */
export const sipTlsServer = {
  get address() {
    return placeOf('SipTlsAddress', '5061').address;
  },
  get port() {
    return placeOf('SipTlsAddress', '5061').port;
  },
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
