import { editMedia, mediaOf, rejectedMedium } from './sdp.ts';

/** `m=audio <port>[/<count>] <protocol> <formats>`, not rejected (port 0). */
const audio = /^m=audio (?!0 )\d{1,5}(?:\/\d{1,5})? \S+((?: \S+)+)$/;
/** `a=rtpmap:<format> <encoding>/<clock>` (RFC 8866 §6.6). */
const encoding = /^a=rtpmap:(\d{1,3}) ([^\/ ]+)\//;
/** What is sent beside a codec: events and tones (RFC 4733), comfort noise (RFC 3389), redundancy (RFC 2198). */
const beside = new Set(['telephone-event', 'tone', 'cn', 'red']);

/** Payload types whose codec is fixed (RFC 3551 §6); 13 is comfort noise, and others need a name. */
const isFixed = (format: string): boolean => Number(format) <= 34 && format !== '13';

/** Names of fixed payload types (RFC 3551 §6). */
const fixedNames: Readonly<Record<string, string>> = {
  ...{ '0': 'pcmu', '2': 'g726-32', '3': 'gsm', '4': 'g723', '8': 'pcma', '9': 'g722', '13': 'cn', '18': 'g729' },
};

/** By payload type: the encodings that a medium names, in small letters. */
const namesIn = (attributes: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    attributes.flatMap((line) => {
      const [, format, name] = encoding.exec(line) ?? [];
      return format === undefined || name === undefined ? [] : [[format, name.toLowerCase()]];
    }),
  );

function hasCodec([, ...attributes]: readonly string[], formats: string): boolean {
  const names = namesIn(attributes);
  return formats
    .trim()
    .split(' ')
    .some((format) => {
      const name = names.get(format);
      return name === undefined ? isFixed(format) : !beside.has(name);
    });
}

/**
 * Whether each audio of a description has a codec: events and comfort noise alone carry no voice. Rejected audio, of
 * port 0, needs none.
 */
export const hasCodecs = (sdp: string): boolean =>
  mediaOf(sdp).every((lines) => {
    const formats = audio.exec(lines[0] ?? '')?.[1];
    return formats === undefined || hasCodec(lines, formats);
  });

/** What audio a party takes. */
export type AudioLimit = {
  /** Encodings in small letters, in groups by preference. Those of a group are equal. */
  readonly encodings: readonly (readonly string[])[];
  /** Whether codecs get the order of the groups. Default: they keep that of the description. */
  readonly isOrdered?: boolean;
  /** Whether telephone events are removed. Default: they stay. */
  readonly hasNoEvents?: boolean;
};

const attributeOf = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d{1,3}) /;

/** A medium of audio without the codecs of others; undefined: none is left. */
function limitMedium([first = '', ...attributes]: readonly string[], limit: AudioLimit): readonly string[] | undefined {
  const { encodings, isOrdered = false, hasNoEvents = false } = limit;
  const formats = audio.exec(first)?.[1]?.trim().split(' ') ?? [];
  const names = namesIn(attributes);
  const nameOf = (format: string): string => names.get(format) ?? fixedNames[format] ?? '';
  const rankOf = (format: string): number => encodings.findIndex((group) => group.includes(nameOf(format)));
  const codecs = formats.filter((format) => rankOf(format) >= 0);
  if (codecs.length === 0) return undefined;
  const others = formats.filter((format) => beside.has(nameOf(format)));
  // Redundancy names the codecs that it repeats, which may be removed.
  const isWhole = codecs.length + others.length === formats.length;
  const removed = new Set([...(isWhole ? [] : ['red']), ...(hasNoEvents ? ['telephone-event'] : [])]);
  const left = formats.filter((format) => rankOf(format) >= 0 || others.includes(format));
  const ordered = isOrdered ? [...codecs.toSorted((one, other) => rankOf(one) - rankOf(other)), ...others] : left;
  const kept = ordered.filter((format) => !removed.has(nameOf(format)));
  const prefix = first.split(' ').slice(0, 3).join(' ');
  return [
    `${prefix} ${kept.join(' ')}`,
    ...attributes.filter((line) => {
      const format = attributeOf.exec(line)?.[1];
      return format === undefined || kept.includes(format) || !formats.includes(format);
    }),
  ];
}

/** The description with the audio that a party takes; undefined: none of its audio is. Other media stay. */
export function limitAudio(sdp: string, limit: AudioLimit): string | undefined {
  let [offered, left, isChanged] = [0, 0, false];
  const limited = editMedia(sdp, (lines) => {
    if (!audio.test(lines[0] ?? '')) return lines;
    offered += 1;
    const kept = limitMedium(lines, limit);
    if (kept !== undefined) left += 1;
    isChanged ||= kept?.join('\n') !== lines.join('\n');
    return kept ?? [rejectedMedium(lines)];
  });
  if (offered > 0 && left === 0) return undefined;
  return isChanged ? limited : sdp;
}
