import { editMedia, directionsOf, hasMedia, rejectedMedium } from '#sip/sdp/sdp.ts';
import { hasG711 } from '#sip/sdp/g711.ts';

/**
 * What a leg without a SIP peer says in a call: an application, which the relay plays to and listens to. Its address is
 * the discard port of the relay itself, so that what the caller says goes nowhere.
 */

type Place = { readonly address: string; readonly port: number };
const discard: Place = { address: '127.0.0.1', port: 9 };

const sessionAt = ({ address }: Place): string =>
  ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', ''].join('\r\n');

/** What is offered to a caller who asks for an offer: PCMU, PCMA and digits (RFC 4733). */
const ownOffer = [
  sessionAt(discard) + `m=audio ${discard.port} RTP/AVP 0 8 101`,
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=sendrecv',
  '',
].join('\r\n');

const audio = /^m=audio [1-9]\d{0,4}(?:\/\d{1,5})? (\S+)((?: \S+)+)$/;
const digits = /^a=rtpmap:(\d{1,3}) telephone-event\/8000$/i;
const answers = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const;

/** Whether a medium may be accepted. */
const isSpoken = ([first = '']: readonly string[]): boolean => audio.test(first) && hasG711(first);

/** The answer to one medium: the first audio with G.711 is accepted, with its digits. */
function answerTo(lines: readonly string[], direction: keyof typeof answers, { port }: Place): readonly string[] {
  const [, protocol = '', formats = ''] = audio.exec(lines[0] ?? '') ?? [];
  const offered = formats.trim().split(' ');
  const codec = offered.find((format) => format === '0' || format === '8') ?? '0';
  const events = lines.flatMap((line) => digits.exec(line)?.[1] ?? []).find((format) => offered.includes(format));
  return [
    `m=audio ${port} ${protocol} ${[codec, ...(events === undefined ? [] : [events])].join(' ')}`,
    ...(events === undefined ? [] : [`a=rtpmap:${events} telephone-event/8000`, `a=fmtp:${events} 0-15`]),
    `a=${answers[direction]}`,
  ];
}

/**
 * The answer of an application to an offer, or its own offer without one. Undefined: the offer has neither PCMU nor
 * PCMA.
 * @param place where it hears; default: nowhere
 */
export function applicationDescription(offer: string | undefined, place: Place = discard): string | undefined {
  if (offer === undefined) return ownOffer;
  if (!hasMedia(offer) || !hasG711(offer)) return undefined;
  const [direction = 'sendrecv'] = directionsOf(editMedia(offer, (lines) => (isSpoken(lines) ? lines : [])));
  let isAccepted = false;
  const answered = editMedia(offer, (lines) => {
    if (isAccepted || !isSpoken(lines)) return [rejectedMedium(lines)];
    isAccepted = true;
    return answerTo(lines, direction, place);
  });
  return sessionAt(place) + answered.slice(answered.indexOf('m='));
}

/** Whether a description is that of an application whose partner does not hear itself. Browsers say port 9, too. */
export const hearsNothing = (sdp: string): boolean =>
  sdp.startsWith(sessionAt(discard)) && sdp.includes(`\r\nm=audio ${discard.port} `);

/**
 * The answer of an echo to an offer that has passed the relay: it hears where the relay does, so that what the caller
 * says comes back to the relay as if the echo said it.
 */
export function echoDescription(offer: string | undefined): string | undefined {
  const [, address] = /^c=IN IP4 (\S+)/m.exec(offer ?? '') ?? [];
  const [, port] = /^m=audio ([1-9]\d{0,4}) /m.exec(offer ?? '') ?? [];
  return applicationDescription(
    offer,
    address === undefined || port === undefined ? discard : { address, port: Number(port) },
  );
}
