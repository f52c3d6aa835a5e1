import * as z from 'zod';
import { sdpFault } from '#sip/sdp/sdp.ts';
import { MediaFailure } from './call-media.ts';

/**
 * The NG protocol of rtpengine (rtpengine documentation, "The NG Control Protocol"): a datagram is a cookie, a space
 * and a dictionary, here in JSON. The answer has the cookie of its request.
 */

/** What a description is turned into. Names and values are those of the protocol. */
export type NgForm = {
  readonly 'transport-protocol'?: string;
  readonly ICE?: 'force' | 'remove';
  readonly SDES?: readonly string[];
  readonly OSRTP?: readonly string[];
  readonly DTLS?: 'off';
  readonly 'rtcp-mux'?: readonly string[];
};

/** What a relay changes in the codecs of an offer. Names are those of the protocol. */
export type NgCodecs = {
  /** Codecs that the description loses, and those of them that it keeps. */
  readonly strip?: readonly string[];
  readonly except?: readonly string[];
  /** Codecs that the description loses, and that its sender still speaks with the relay. */
  readonly mask?: readonly string[];
  /** Codecs that the description gains, from and to which the relay transcodes. */
  readonly transcode?: readonly string[];
};

/** Names a call at the relay. */
type NgCall = { readonly 'call-id': string };

/** What is asked of one party. */
export type AskedOfParty =
  | { readonly command: 'stop media' | 'block media' | 'unblock media' }
  /** `file`: at the relay. */
  | { readonly command: 'play media'; readonly file: string; readonly 'repeat-times'?: number }
  /** `detect DTMF`: the relay hears digits in the audio of the party. Without: it does not. */
  | { readonly command: 'unblock DTMF'; readonly 'delay-buffer': 0; readonly flags: readonly 'detect DTMF'[] }
  /** `delay-buffer`: milliseconds by which what the party says is late. */
  | { readonly command: 'block DTMF'; readonly 'DTMF-security': 'off'; readonly 'delay-buffer': number };

export type NgCommand =
  | { readonly command: 'statistics' }
  | { readonly command: 'list'; readonly limit: number }
  | (NgCall & { readonly command: 'delete'; readonly 'delete-delay': number })
  | (NgCall & { readonly command: 'query' })
  | (NgCall & { readonly command: 'start recording'; readonly metadata: string })
  | (NgCall & { readonly command: 'stop recording' })
  /** Without a tag: what all parties say. */
  | (NgCall & { readonly command: 'block media' | 'unblock media'; readonly 'from-tag'?: string })
  | (NgCall & { readonly 'from-tag': string } & AskedOfParty)
  | NgDescription;

/** A description on its way from one party to another. */
export type NgDescription = NgCall &
  NgForm & {
    readonly command: 'offer' | 'answer';
    /** Tag of the party that offers, of offers and of answers. */
    readonly 'from-tag': string;
    readonly 'to-tag': string;
    readonly sdp: string;
    /** `SIP-source-address`: media go to `received-from`, not to the addresses of the description. */
    readonly flags: readonly (
      | ('trust-address' | 'SIP-source-address' | `endpoint-learning-${'off' | 'heuristic'}`)
      /** Codecs of the offer that the answer lacks are transcoded, telephone events too. */
      | 'always-transcode'
    )[];
    readonly replace: readonly string[];
    readonly 'received-from'?: readonly [family: 'IP4' | 'IP6', address: string];
    readonly codec?: NgCodecs;
  };

/** One stream of packets from a party: RTP, or RTCP beside it. */
const Stream = z.object({
  /** Where its packets go. */
  endpoint: z.object({ address: z.string().optional() }).optional(),
  /** Unix seconds of the last packet from the party, or of the last description. */
  'last packet': z.coerce.number().nonnegative(),
  stats: z.object({ packets: z.coerce.number().nonnegative(), bytes: z.coerce.number().nonnegative().optional() }),
});

/** `type`: `audio`, `image`, … */
const Medium = z.object({ type: z.string().optional(), streams: z.array(Stream) });

/** A dictionary that the relay answers: everything else in it is ignored. */
const Reply = z.object({
  result: z.string().max(64),
  'error-reason': z.string().optional(),
  sdp: z.string().optional(),
  /** Ids of the calls of a list. */
  calls: z.array(z.string()).optional(),
  /** Of a query: the media of the parties, by their tags. */
  tags: z.record(z.string(), z.object({ medias: z.array(Medium) })).optional(),
  /** Milliseconds of a file that is played. */
  duration: z.coerce.number().nonnegative().optional(),
  statistics: z
    .object({
      currentstatistics: z.object({ sessionstotal: z.coerce.number().nonnegative() }),
      totalstatistics: z.object({ uptime: z.coerce.number().nonnegative() }),
    })
    .optional(),
});
export type NgReply = z.infer<typeof Reply>;
/** A medium of a party, as a query answers it. */
export type QueriedMedium = z.infer<typeof Medium>;

/** Whether a relay answers that it does not have the call. */
export const isUnknownCall = ({ result, 'error-reason': reason = '' }: NgReply): boolean =>
  result === 'error' && /unknown call/i.test(reason);

/** Bytes of a request or an answer: one datagram over IPv4. */
export const maxMessage = 65_507;

/** The datagram of a command. */
export const writeNgMessage = (cookie: string, command: NgCommand): Buffer =>
  Buffer.from(`${cookie} ${JSON.stringify(command)}`);

/** The cookie of an answer; undefined if the datagram has none. */
export function cookieOf(datagram: Buffer): string | undefined {
  const end = datagram.indexOf(' ');
  return end <= 0 ? undefined : datagram.toString('latin1', 0, end);
}

/** The dictionary of an answer; undefined if the datagram has none. */
export function readNgReply(datagram: Buffer): NgReply | undefined {
  const { success, data: reply } = Reply.safeParse(valueOf(datagram.toString('utf8', datagram.indexOf(' ') + 1)));
  return success ? reply : undefined;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The description in the answer of a relay.
 * @throws MediaFailure 488 for what the relay cannot read; 503 if it cannot carry the call, or what it says is none
 */
export function descriptionIn({ result, sdp, 'error-reason': reason = '' }: NgReply): string {
  if (result === 'error' && /sdp|parse/i.test(reason))
    throw new MediaFailure(488, 'INCOMPATIBLE_DESTINATION', 'the media relay cannot read the description');
  if (result !== 'ok' || sdp === undefined || sdpFault(sdp) !== undefined)
    throw new MediaFailure(503, 'MEDIA_RELAY_UNAVAILABLE', `the media relay does not carry the call: ${result}`);
  return sdp;
}
