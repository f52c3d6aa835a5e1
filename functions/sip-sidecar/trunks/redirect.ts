import { header } from '#sip/header-kinds.ts';
import { Fault } from '#sip/fault.ts';
import type { SipResponse } from '#sip/message.ts';
import { isSipUri, type SipUri } from '#sip/uri.ts';
import { defaultPort, transports, type SipTransport } from '#telephony/sip-peer.ts';
import type { Peer } from '../outbound/outbound.ts';

/**
 * The peer that a 301 or 302 names: its Contact with the highest q (RFC 3261 §8.1.3.4). Undefined without a usable
 * Contact.
 * @param configured the transport of the trunk; TLS is never given up
 */
export function redirectPeer({ headers }: SipResponse, configured: SipTransport): Peer | undefined {
  const contacts = headers.all(header.contact);
  if (contacts instanceof Fault) return undefined;
  const [best] = contacts
    .flatMap((contact) =>
      contact === '*' || !isSipUri(contact.uri)
        ? []
        : [{ uri: contact.uri, q: Number(contact.parameters.get('q') ?? 1) }],
    )
    .toSorted((one, other) => other.q - one.q)
    .flatMap(({ uri }) => peerOf(uri, configured) ?? []);
  return best;
}

function peerOf(uri: SipUri, configured: SipTransport): Peer | undefined {
  const named = uri.parameters.get('transport')?.toLowerCase() ?? configured;
  const isSecure = configured === 'tls' || uri.scheme === 'sips';
  const transport = isSecure ? 'tls' : transports.find((each) => each === named);
  const host = uri.host.replace(/^\[(.*)\]$/, '$1');
  return transport === undefined ? undefined : { host, port: uri.port ?? defaultPort(transport), transport };
}
