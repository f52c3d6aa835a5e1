import * as z from 'zod';
import { commonErrors } from '../errors.ts';
import { E164, isHost, Port, text } from '../schema/values.ts';

/** What trunks and gateways have in common: the address, credentials and codecs of a SIP peer. */

export const transports = ['udp', 'tcp', 'tls'] as const;
export type SipTransport = (typeof transports)[number];

export const codecs = ['G.711', 'G.711U', 'G.711A', 'G.722', 'G.726', 'G.729', 'GSM', 'iLBC', 'OPUS'] as const;
export type Codec = (typeof codecs)[number];
export const defaultCodecs: readonly Codec[] = ['G.711', 'G.722', 'G.729', 'OPUS'];

/** A host name (RFC 1123) or an IP literal. Saving does not resolve it. */
export const SipHost = z
  .string()
  .trim()
  .refine(isHost, { message: 'must be a host name (RFC 1123) or an IP address', params: commonErrors.INVALID_HOST });

/** Accepted in any case, answered in the spelling of `codecs`. */
const CodecName = z
  .string()
  .transform((name) => codecs.find((codec) => codec.toLowerCase() === name.toLowerCase()) ?? name)
  .pipe(z.enum(codecs));

const printable = /^[\u0020-\u007e\u00a0-\uffff]*$/;

/** Write-only. Leading and trailing blanks are part of it. */
const SipPassword = z.string().min(1).max(128).regex(printable, 'must contain only printable characters');

/** Request fields of a trunk, and of a gateway without a trunk. */
export const peerFields = {
  port: Port.describe('SIP port; default 5060, or 5061 with `tls`. A default port follows a change of `transport`'),
  transport: z.enum(transports).describe('SIP transport; default `udp`'),
  username: text(128, 1).nullable().describe('User name for REGISTER and for authentication challenges'),
  password: SipPassword.nullable().describe('Password, write-only; null removes it'),
  realm: text(255).nullable().describe('Realm whose challenges are answered; null: any realm'),
  codecs: z
    .array(CodecName)
    .min(1)
    .max(10)
    .describe(
      'Codecs of its calls, in order of preference, in any case. Offers to it have only these; what the other party ' +
        'does not speak is transcoded where the media relay can. An offer of it without any of them is rejected with ' +
        `488. Default ${defaultCodecs.map((codec) => `\`${codec}\``).join(', ')}`,
    ),
  max_channels: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .describe('Maximum number of simultaneous calls in both directions; null: the limit of the organization'),
  caller_id_number: E164.nullable().describe(
    'Caller number to present (E.164). A number that is not an active one of yours is saved with a warning',
  ),
} as const;

/** The sealed password of a trunk or gateway after a request; null: none, undefined: the stored one stays. */
export type SealedPassword = string | null | undefined;

/** RFC 3261 §19.1.2. */
const defaultPorts = { udp: 5060, tcp: 5060, tls: 5061 } as const satisfies Record<SipTransport, number>;
export const defaultPort = (transport: SipTransport): number => defaultPorts[transport];

/** The port after a change of transport without a port: a default port becomes the default of the new transport. */
export const portAfter = (
  before: { readonly port: number; readonly transport: SipTransport },
  transport: SipTransport,
): number => (before.port === defaultPort(before.transport) ? defaultPort(transport) : before.port);
