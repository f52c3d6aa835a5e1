import * as z from 'zod';
import { E164, isHost, Port, text } from '../schema/values.ts';

/** What trunks and gateways share: where a SIP peer is, how it is spoken to, and with which codecs. */

export const transports = ['udp', 'tcp', 'tls'] as const;
export type SipTransport = (typeof transports)[number];

export const codecs = ['G.711', 'G.711U', 'G.711A', 'G.722', 'G.726', 'G.729', 'GSM', 'iLBC', 'OPUS'] as const;
export type Codec = (typeof codecs)[number];
export const defaultCodecs: readonly Codec[] = ['G.711', 'G.722', 'G.729', 'OPUS'];

/** A name (RFC 1123) or an IP literal; nothing is resolved when it is saved. */
export const SipHost = z
  .string()
  .trim()
  .refine(isHost, { message: 'must be a host name (RFC 1123) or an IP address', params: { code: 'INVALID_HOST' } });

/** Read without regard to case, answered in the usual spelling. */
const CodecName = z
  .string()
  .transform((name) => codecs.find((codec) => codec.toLowerCase() === name.toLowerCase()) ?? name)
  .pipe(z.enum(codecs));

const printable = /^[\u0020-\u007e\u00a0-\uffff]*$/;

/** Write-only; kept as it is, blanks at its ends among it. */
const SipPassword = z.string().min(1).max(128).regex(printable, 'must be printable characters');

/** Fields of a trunk and of a gateway that has none, as requests give them. */
export const peerFields = {
  port: Port,
  transport: z.enum(transports),
  username: text(128, 1).nullable(),
  password: SipPassword.nullable(),
  realm: text(255).nullable(),
  /** In order of preference. */
  codecs: z.array(CodecName).min(1).max(10),
  /** Calls at once, both directions together; null: as many as the organization may have. */
  max_channels: z.number().int().min(1).max(10_000).nullable(),
  caller_id_number: E164.nullable(),
} as const;

/** RFC 3261 §19.1.2. */
const defaultPorts = { udp: 5060, tcp: 5060, tls: 5061 } as const satisfies Record<SipTransport, number>;
export const defaultPort = (transport: SipTransport): number => defaultPorts[transport];

/** The port after a change of transport that names none: one that was the usual one stays so. */
export const portAfter = (
  before: { readonly port: number; readonly transport: SipTransport },
  transport: SipTransport,
): number => (before.port === defaultPort(before.transport) ? defaultPort(transport) : before.port);
