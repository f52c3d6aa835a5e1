import { isHost } from '../schema/values.ts';
import { settingsOf, type StoredPeerSettings } from './peer-settings.ts';
import { defaultPort, transports, type SipTransport } from './sip-peer.ts';

/** Where requests to a trunk or gateway are sent: its outbound proxy, else its host. */

/** Host, port and transport of a SIP server. */
export type SipServer = { readonly host: string; readonly port: number; readonly transport: SipTransport };

/** The address of a trunk, or of the peer of a gateway, and what decides where its requests are sent. */
export type PeerAddress = SipServer & Pick<StoredPeerSettings, 'profile' | 'outbound_proxy'>;

const form = /^(?<host>\[[^[\]]*\]|[^[\]:;]*)(?::(?<port>\d{1,5}))?(?:;transport=(?<transport>[a-z]{3}))?$/i;

/** A server that no name resolves to (RFC 2606 §2). */
const nowhere = 'proxy.invalid';

/**
 * The server that `host[:port][;transport=]` names; undefined: the text has another form.
 * @param configured transport of the peer. The default; TLS is never given up
 */
export function parseProxy(text: string, configured: SipTransport): SipServer | undefined {
  const { host = '', port: digits, transport: named = configured } = form.exec(text)?.groups ?? {};
  const transport = transports.find((each) => each === named.toLowerCase());
  if (!isHost(host) || transport === undefined || (configured === 'tls' && transport !== 'tls')) return undefined;
  const port = digits === undefined ? defaultPort(transport) : Number(digits);
  return port < 1 || port > 65_535 ? undefined : { host: host.replace(/^\[(.*)\]$/, '$1'), port, transport };
}

/** The outbound proxy of a peer; undefined: it has none. A text that cannot be read is a server nowhere. */
export function proxyOf(peer: PeerAddress): SipServer | undefined {
  const { outbound_proxy: text } = settingsOf(peer);
  if (text === null) return undefined;
  return parseProxy(text, peer.transport) ?? { host: nowhere, port: defaultPort('tls'), transport: 'tls' };
}

/** The server to which requests to a peer are sent. */
export const nextHopOf = (peer: PeerAddress): SipServer => proxyOf(peer) ?? peer;
