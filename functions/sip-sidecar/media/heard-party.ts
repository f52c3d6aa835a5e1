import { second } from '#schema/time.ts';
import type { HeardAudio, HeardParty } from './call-media.ts';
import { isFaxExchange, isToSend, type Exchange } from './exchange.ts';
import type { QueriedMedium } from './ng-message.ts';
import type { Leg } from './relayed-leg.ts';

/** What a relay hears of a leg, by its answer to a query. */

/** What the relay has counted of the audio of a leg. @param media of the leg, as the relay answers a query */
function heardAudio({ kind, isElsewhere, agreedAt = 0 }: Leg, media: readonly QueriedMedium[]): HeardAudio {
  const audio = media.filter(({ type = 'audio' }) => type === 'audio');
  // The first stream of a medium is RTP, the second one RTCP.
  const streams = audio.flatMap(({ streams: [rtp] }) => rtp ?? []);
  const sum = (of: (stream: (typeof streams)[number]) => number): number =>
    streams.reduce((total, stream) => total + of(stream), 0);
  const packets = sum(({ stats }) => stats.packets);
  // A description that packets have come by, as they do from behind NAT, is not why they end.
  const ofRtp = isElsewhere === true && packets === 0 ? 'wrong_address' : 'no_packets';
  return {
    packets,
    bytes: sum(({ stats }) => stats.bytes ?? 0),
    last: Math.max(0, ...streams.map(lastPacketOf)),
    agreedAt,
    likely: kind === 'webrtc' ? 'no_ice' : ofRtp,
  };
}

/** When the last packet of a stream came, in Unix milliseconds. The relay counts seconds: half is the least error. */
const lastPacketOf = (stream: QueriedMedium['streams'][number]): number => (stream['last packet'] + 0.5) * second;

/** What is known of a leg besides. */
type Known = {
  readonly name: string;
  readonly leg: Leg;
  /** Its last complete exchange. */
  readonly exchange: Exchange | undefined;
  /** When it was heard last, as far as the relay was asked before. */
  readonly heardAt: number;
};

/** @param media of the leg, as the relay answers a query */
export function heardParty({ name, leg, exchange, heardAt }: Known, media: readonly QueriedMedium[]): HeardParty {
  const streams = media.flatMap(({ streams: all }) => all);
  const hasAudio = media.length > 0 && exchange !== undefined && !isFaxExchange(exchange);
  return {
    at: Math.max(heardAt, ...streams.map(lastPacketOf)),
    packets: Math.max(0, ...streams.map(({ stats }) => stats.packets)),
    isExpected: exchange !== undefined && isToSend(name, exchange),
    ...(hasAudio && { audio: heardAudio(leg, media) }),
  };
}
