/**
 * Session descriptions (RFC 8866) as texts that pass. Only what a session needs is read, line by line; what is edited
 * leaves all other lines byte for byte as they are, in their order.
 */
import { Fault } from '../fault.ts';

/** Limits of a description. A browser's has 10 KB and 200 lines. */
export const sdpLimits = { characters: 32_768, lines: 1_000, line: 4_096, media: 32, candidates: 100 } as const;

/** Directions of media (RFC 3264 §5.1). */
export const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
export type Direction = (typeof directions)[number];

/** Splits at CRLF, or at LF, which RFC 8866 §5 tells parsers to accept. */
const linesOf = (sdp: string): readonly string[] => sdp.split(/\r?\n/).filter((line) => line !== '');
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\r\n`).join('');

/** `o=<user> <id> <version> <network> <address type> <address>` (RFC 8866 §5.2). */
const origin = /^o=(\S+ \d{1,20}) (\d{1,20}) (\S+ \S+ \S+)$/;
/** `m=<media> <port>[/<count>] <protocol> <formats>` (RFC 8866 §5.14). */
const medium = /^m=(\S+) (\d{1,5})(?:\/\d{1,5})? (\S+)((?: \S+)+)$/;
const line = /^[a-z]=[^\0\r\n]*$/;
const direction = /^a=(sendrecv|sendonly|recvonly|inactive)$/;

/** Why a text is no session description that may pass; undefined if it is one. */
export function sdpFault(sdp: string): Fault | undefined {
  if (sdp.length > sdpLimits.characters) return new Fault('Session description too large');
  const lines = linesOf(sdp);
  if (lines.length > sdpLimits.lines) return new Fault('Session description with too many lines');
  const broken = lines.find((each) => each.length > sdpLimits.line || !line.test(each));
  if (broken !== undefined) return new Fault('Malformed line in session description');
  if (lines[0] !== 'v=0') return new Fault('Session description without version 0');
  if (lines.filter((each) => each.startsWith('o=')).length !== 1 || !origin.test(lines[1] ?? ''))
    return new Fault('Session description without origin');
  const media = lines.filter((each) => each.startsWith('m='));
  if (media.length > sdpLimits.media) return new Fault('Session description with too many media');
  // Each one is asked for an answer by the other party (RFC 8445 §6.1.2.5 has the same limit of checks).
  if (lines.filter((each) => each.startsWith('a=candidate:')).length > sdpLimits.candidates)
    return new Fault('Session description with too many candidates');
  return media.every(isMedium) ? undefined : new Fault('Malformed media in session description');
}

function isMedium(text: string): boolean {
  const port = medium.exec(text)?.[2];
  return port !== undefined && Number(port) <= 65_535;
}

/**
 * A description that follows another one in a session: with its origin, and with the next version if anything else
 * differs (RFC 3264 §8). So the peer sees one session, even if it is joined to another party.
 * @param previous the description that we sent last; undefined if none
 */
export function followSdp(previous: string | undefined, sdp: string): string {
  const before = previous === undefined ? undefined : linesOf(previous).find((each) => each.startsWith('o='));
  const [, id, version, address] = origin.exec(before ?? '') ?? [];
  if (previous === undefined || id === undefined || version === undefined || address === undefined) return sdp;
  const withOrigin = (number: string): string =>
    textOf(linesOf(sdp).map((each) => (each.startsWith('o=') ? `o=${id} ${number} ${address}` : each)));
  const same = withOrigin(version);
  return same === textOf(linesOf(previous)) ? same : withOrigin(String(BigInt(version) + 1n));
}

/** The direction of each medium that is not rejected (port 0): its own, else that of the session, else `sendrecv`. */
export function directionsOf(sdp: string): readonly Direction[] {
  const [session = [], ...media] = sectionsOf(sdp);
  const ofSession = directionIn(session) ?? 'sendrecv';
  return media
    .filter(([first = '']) => medium.exec(first)?.[2] !== '0')
    .map((section) => directionIn(section) ?? ofSession);
}

/** Whether a medium is not rejected. */
export const hasMedia = (sdp: string): boolean => directionsOf(sdp).length > 0;

/** The lines of each medium. */
export const mediaOf = (sdp: string): readonly (readonly string[])[] => sectionsOf(sdp).slice(1);

/** The session's lines, then those of each medium. */
function sectionsOf(sdp: string): readonly (readonly string[])[] {
  const sections: string[][] = [[]];
  for (const each of linesOf(sdp)) {
    if (each.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(each);
  }
  return sections;
}

function directionIn(section: readonly string[]): Direction | undefined {
  const name = section.map((each) => direction.exec(each)?.[1]).find((each) => each !== undefined);
  return directions.find((each) => each === name);
}

/**
 * The description with all media in a direction: `sendonly` or `inactive` holds, `sendrecv` resumes (RFC 3264 §8.4).
 */
export function withDirection(sdp: string, wanted: Direction): string {
  const [session = [], ...media] = sectionsOf(sdp).map((section) => section.filter((each) => !direction.test(each)));
  return textOf([...session, ...media.flatMap((section) => [...section, `a=${wanted}`])]);
}

/** The description with other lines of its media. @param edit gets the lines of a medium */
export function editMedia(sdp: string, edit: (lines: readonly string[]) => readonly string[]): string {
  const [session = [], ...media] = sectionsOf(sdp);
  return textOf([...session, ...media.flatMap(edit)]);
}

/** The description with a session's attribute at each medium that has none of its own. @param name `ice-options` */
export function moveToMedia(sdp: string, name: string): string {
  const [session = [], ...media] = sectionsOf(sdp);
  const isNamed = (each: string): boolean => each.startsWith(`a=${name}:`);
  const moved = session.filter(isNamed);
  if (moved.length === 0) return sdp;
  const others = session.filter((each) => !isNamed(each));
  return textOf([...others, ...media.flatMap((lines) => (lines.some(isNamed) ? lines : [...lines, ...moved]))]);
}

/** An answer or offer without media: each medium of the other description is rejected with port 0 (RFC 3264 §6). */
export function rejectMedia(sdp: string): string {
  const [session = [], ...media] = sectionsOf(sdp);
  return textOf([...session.filter((each) => !each.startsWith('a=')), ...media.map(rejectedMedium)]);
}

/** The line of a medium that is rejected. @param lines of the medium */
export const rejectedMedium = ([first = '']: readonly string[]): string => first.replace(medium, 'm=$1 0 $3$4');

/** `a=ssrc:` and `a=ssrc-group:` (RFC 5576 §4). */
const source = /^a=ssrc(?:-group)?:[^\r\n]*\r?\n?/gm;

/** A description that names no sources of RTP: a browser plays only those that are named, if there are any. */
export const withoutSources = (sdp: string): string => sdp.replace(source, '');
