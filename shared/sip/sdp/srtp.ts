import { mediaOf } from './sdp.ts';
import { isWebRtc } from './webrtc.ts';

/** Keys of SRTP in session descriptions (SDES, RFC 4568), and those of parties that may do without (RFC 8643). */

/** Suites that are used, with the bytes of their key and salt (RFC 4568 §6.2, RFC 6188 §2, RFC 7714 §14.2). */
const suites: Readonly<Record<string, number>> = {
  AEAD_AES_256_GCM: 44,
  AEAD_AES_128_GCM: 28,
  AES_256_CM_HMAC_SHA1_80: 46,
  AES_256_CM_HMAC_SHA1_32: 46,
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
};

/** Lines with keys of a medium that are read. Phones send up to eight. */
const maxLines = 16;

const keyLine = /^a=crypto:/;
/** `a=crypto:<tag> <suite> <key parameters> [<session parameters>]` (RFC 4568 §9.1). */
const attribute = /^a=crypto:(\d{1,9})[ \t]+(\w{1,64})[ \t]+(\S{1,512})((?:[ \t]+\S{1,64}){0,8})[ \t]*$/;
/** One key: `inline:<key and salt>[|<lifetime>][|<MKI>:<length>]` (RFC 4568 §6.1). */
const inline = /^inline:([A-Za-z0-9+/]{1,128}={0,2})(?:\|(?:2\^\d{1,2}|\d{1,20}))?(\|\d{1,9}:\d{1,3})?$/;
/** Parameters that change nothing of what is sent, and those that a party may ignore (RFC 4568 §6.3). */
const harmless = /^(?:WSH=\d{1,6}|KDR=0|-.*)$/;
const maxIdentifier = 128;

/**
 * The line of a key as a relay understands it: without a lifetime, which calls do not reach. Undefined: the suite is
 * none that is used, the key has another length, or something would not be encrypted or authenticated.
 */
function usableLine(line: string): string | undefined {
  const [, tag, suite, parameters, session] = attribute.exec(line) ?? [];
  if (suite === undefined || parameters === undefined || !isHarmless(session ?? '')) return undefined;
  const [, key, identifier = ''] = inline.exec(parameters) ?? [];
  const bytes = Buffer.from(key ?? '', 'base64');
  if (bytes.length !== suites[suite] || !isIdentifier(identifier)) return undefined;
  return `a=crypto:${tag} ${suite} inline:${bytes.toString('base64')}${identifier}`;
}

const isHarmless = (session: string): boolean =>
  session.split(/[ \t]+/).every((each) => each === '' || harmless.test(each));

const isIdentifier = (text: string): boolean => {
  const length = text === '' ? 1 : Number(text.split(':')[1]);
  return length >= 1 && length <= maxIdentifier;
};

/** A medium that a party has described, and that no other party sees: its place, and its line with port 0. */
export type AbsentMedium = { readonly at: number; readonly line: string };

/** The media of a description that are used. */
export type ChosenMedia = {
  /** With one key at each medium that has usable ones, and without the media that are absent. */
  readonly sdp: string;
  /** Profile of the first medium with a key; undefined: none has one. */
  readonly profile: string | undefined;
  readonly absent: readonly AbsentMedium[];
};

/** `rank`: how well it can be used; undefined: it is rejected, or neither RTP nor SRTP. */
type Medium = {
  readonly lines: readonly string[];
  readonly type: string;
  readonly profile: string;
  readonly rank: 'encrypted' | 'plain' | 'unusable' | undefined;
  readonly key: string | undefined;
};

const medium = /^m=(\S+) (\d{1,5})(?:\/\d{1,5})? (\S+)(.*)$/;
const isFingerprint = (line: string): boolean => line.startsWith('a=fingerprint:');

function readMedium(lines: readonly string[], hasFingerprint: boolean): Medium {
  const [, type = '', port = '0', profile = ''] = medium.exec(lines[0] ?? '') ?? [];
  const read = { lines, type, profile } as const;
  if (port === '0' || !/^RTP\/S?AVPF?$/.test(profile)) return { ...read, rank: undefined, key: undefined };
  const keys = lines.filter((line) => keyLine.test(line)).slice(0, maxLines);
  const key = keys.map(usableLine).find((line) => line !== undefined);
  if (key !== undefined) return { ...read, rank: 'encrypted', key };
  const mayBePlain = !profile.startsWith('RTP/S') || hasFingerprint || lines.some(isFingerprint);
  return { ...read, rank: mayBePlain ? 'plain' : 'unusable', key };
}

const ranks = ['encrypted', 'plain', 'unusable'] as const;

/** Whether another medium of the type is used in place of this one: a party offers SRTP and RTP as two media. */
function isReplaced(media: readonly Medium[], { type, rank }: Medium, at: number): boolean {
  const alike = media.flatMap((each, place) =>
    each.type === type && each.rank !== undefined ? [{ each, place }] : [],
  );
  if (rank === undefined || alike.every(({ each }) => each.rank === rank)) return false;
  const best = ranks.find((wanted) => alike.some(({ each }) => each.rank === wanted));
  return alike.find(({ each }) => each.rank === best)?.place !== at;
}

/** What a party with a key has beside it: other keys, and those of DTLS. */
const otherKeys = /^(?:a=crypto:|k=|a=fingerprint:|a=setup:|a=tls-id:)/;
const sdesKeys = /^(?:a=crypto:|k=)/;

function withKey({ lines, key }: Medium): readonly string[] {
  if (key === undefined) return lines.filter((line) => !sdesKeys.test(line));
  return [...lines.filter((line) => !otherKeys.test(line)), key];
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\r\n`).join('');
const sessionOf = (sdp: string): readonly string[] =>
  sdp
    .split(/\r?\n(?=m=)/)[0]
    ?.split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('m=')) ?? [];

/** Whether something of a description is about SRTP. */
const isKeyed = /^(?:a=crypto:|m=\S+ \d{1,5}(?:\/\d{1,5})? RTP\/SAVP)/m;

/**
 * Chooses the media of a party that are used, and one key of each, the one that it prefers.
 * @param before those that were absent from its last description
 * @returns undefined: a medium is to be encrypted, and has no usable key
 */
export function chooseMedia(sdp: string, before: readonly AbsentMedium[] = []): ChosenMedia | undefined {
  if ((!isKeyed.test(sdp) && before.length === 0) || isWebRtc(sdp)) return { sdp, profile: undefined, absent: [] };
  const session = sessionOf(sdp);
  const media = mediaOf(sdp).map((lines) => readMedium(lines, session.some(isFingerprint)));
  const wasAbsent = (place: number): boolean => before.some(({ at }) => at === place);
  const hasKeys = media.some(({ key }) => key !== undefined);
  // What is in clear beside media with keys is not used: the party wants to be encrypted.
  const isLeft = (each: Medium, at: number): boolean =>
    isReplaced(media, each, at) || (wasAbsent(at) && each.rank === undefined) || (hasKeys && each.rank === 'plain');
  const absent = media.flatMap((each, at) => (isLeft(each, at) ? [{ at, line: rejectedLine(each) }] : []));
  const used = media.filter((_each, place) => !absent.some(({ at }) => at === place));
  if (used.some(({ rank }) => rank === 'unusable')) return undefined;
  const keyed = used.find(({ key }) => key !== undefined);
  const unwanted = keyed === undefined ? sdesKeys : otherKeys;
  const lines = [...session.filter((line) => !unwanted.test(line)), ...used.flatMap(withKey)];
  return { sdp: textOf(lines), profile: keyed?.profile, absent };
}

const rejectedLine = ({ lines }: Medium): string => (lines[0] ?? '').replace(medium, 'm=$1 0 $3$4');

/** A description for a party, with the media that are absent from those of others, rejected in their places. */
export function withAbsent(sdp: string, absent: readonly AbsentMedium[]): string {
  if (absent.length === 0) return sdp;
  const media = [...mediaOf(sdp)];
  for (const { at, line } of absent) media.splice(at, 0, [line]);
  return textOf([...sessionOf(sdp), ...media.flat()]);
}

/** An answer of a party, without the media that are absent from the offer of the other one. */
export function withoutAbsent(sdp: string, absent: readonly AbsentMedium[]): string {
  if (absent.length === 0) return sdp;
  const media = mediaOf(sdp).filter((_lines, place) => !absent.some(({ at }) => at === place));
  return textOf([...sessionOf(sdp), ...media.flat()]);
}

/** A description with the first key of each medium. */
export const withFirstKeys = (sdp: string): string =>
  textOf([
    ...sessionOf(sdp),
    ...mediaOf(sdp).flatMap((lines) => {
      const first = lines.find((line) => keyLine.test(line));
      return lines.filter((line) => line === first || !keyLine.test(line));
    }),
  ]);

/** Whether a description has a medium of RTP or SRTP that is not rejected. */
export const hasRtp = (sdp: string): boolean =>
  mediaOf(sdp).some(([first = '']) => /^m=\S+ (?!0 )\d{1,5}(?:\/\d{1,5})? \S*RTP\/\S+ /.test(first));

/** Whether a description has media that are not encrypted: neither by keys of its own, nor by those of DTLS. */
export const isInClear = (sdp: string): boolean =>
  hasRtp(sdp) && !/^a=fingerprint:/m.test(sdp) && chooseMedia(sdp)?.profile === undefined;

/** By medium with RTP or SRTP: the tags and suites of its keys, such as `1 AES_CM_128_HMAC_SHA1_80`. */
export const suitesIn = (sdp: string): readonly (readonly string[])[] =>
  mediaOf(sdp)
    .filter(([first = '']) => /^m=\S+ (?!0 )\d{1,5}(?:\/\d{1,5})? RTP\//.test(first))
    .map((lines) => lines.flatMap((line) => /^a=crypto:(\d+ \S+) /.exec(line)?.[1] ?? []));

/** A description without lines about keys of SRTP. */
export const withoutCrypto = (sdp: string): string => sdp.replace(/^(?:a=crypto:|k=)[^\r\n]*\r?\n?/gm, '');

/** A description without keys of SRTP, for what is stored: of a key its tag and suite stay. */
export const withoutKeys = (sdp: string): string =>
  sdp.replace(/^k=[^\r\n]*\r?\n?/gm, '').replace(/^(a=crypto:\d{1,9}[ \t]+\w+|a=crypto:)[^\r\n]*/gm, '$1');

/** Whether the keys of a description are gone: it must not be sent again. */
export const lacksKeys = (sdp: string): boolean => /^a=crypto:(?:\d+[ \t]+\w+)?\r?$/m.test(sdp);
