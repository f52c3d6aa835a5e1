import type { FileKind } from '#schema/file.ts';
import { isWellFormedXml } from './well-formed-xml.ts';

/** Content types of files, and how their bytes begin (functions/platform/README.md, "Files"). */

const audioTypes = ['audio/wav', 'audio/mpeg', 'audio/ogg'] as const;
const textTypes = ['text/plain', 'text/csv', 'application/xml'] as const;
const attachmentTypes = [
  ...audioTypes,
  'application/pdf',
  'image/png',
  'image/jpeg',
  'text/plain',
  'text/csv',
] as const;
const templateTypes = ['text/plain', 'application/xml'] as const;

/** The content types that files of each kind may have. */
export const typesOfKind = {
  sound: audioTypes,
  greeting: audioTypes,
  music_on_hold: audioTypes,
  voicemail_drop: audioTypes,
  recording: audioTypes,
  attachment: attachmentTypes,
  provisioning_template: templateTypes,
} as const satisfies Readonly<Record<FileKind, readonly string[]>>;

export type MediaType = (typeof typesOfKind)[FileKind][number];
export const mediaTypes = [...new Set(Object.values(typesOfKind).flat())] satisfies readonly MediaType[];

/** Names of downloaded files end in these. */
export const extensions: Readonly<Record<MediaType, string>> = {
  'audio/wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'text/plain': 'txt',
  'text/csv': 'csv',
  'application/xml': 'xml',
};

/** Bytes at the beginning of a file that show its type. */
export const headLength = 12;

const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, headLength));

/**
 * Whether these are the first bytes of an MPEG audio frame: 11 bits of sync, then neither a reserved version, layer or
 * sample rate nor a bad bit rate (ISO/IEC 11172-3 §2.4.1.3, §2.4.2.3).
 */
const isMpegFrame = ([first = 0, second = 0, third = 0]: Uint8Array): boolean =>
  first === 0xff &&
  (second & 0xe0) === 0xe0 &&
  (second & 0x18) !== 0x08 &&
  (second & 0x06) !== 0 &&
  (third & 0xf0) !== 0xf0 &&
  (third & 0x0c) !== 0x0c;

const heads: Readonly<Partial<Record<MediaType, (head: Uint8Array) => boolean>>> = {
  'audio/wav': (head) => /^RIFF[^]{4}WAVE/.test(latin(head)),
  'audio/mpeg': (head) => latin(head).startsWith('ID3') || isMpegFrame(head),
  'audio/ogg': (head) => latin(head).startsWith('OggS'),
  'application/pdf': (head) => latin(head).startsWith('%PDF-'),
  'image/png': (head) => latin(head).startsWith('\u0089PNG\r\n\u001a\n'),
  'image/jpeg': (head) => latin(head).startsWith('\u00ff\u00d8\u00ff'),
};

const isMediaType = (type: string): type is MediaType => Object.hasOwn(extensions, type);
const isText = (type: string): boolean => textTypes.some((text) => text === type);

/**
 * What is wrong with the beginning of a file for its content type; null if nothing is. Text is judged by its whole
 * content ({@link contentCheck}).
 * @param head the first {@link headLength} bytes, or all of a shorter file
 */
export function mediaProblem(type: string, head: Uint8Array): 'TYPE_MISMATCH' | null {
  if (!isMediaType(type)) return 'TYPE_MISMATCH';
  return isText(type) || heads[type]?.(head) === true ? null : 'TYPE_MISMATCH';
}

/** Judges a content in pieces. */
export type ContentCheck = {
  /** Takes the next piece. @returns false if the content cannot be of the type */
  readonly add: (piece: Uint8Array) => boolean;
  /** @returns whether the whole content is of the type */
  readonly end: () => boolean;
  /** The content, if it is kept; else empty. */
  readonly text: () => string;
};

const noText = (): string => '';

function headCheck(type: string): ContentCheck {
  let head = new Uint8Array(0);
  return {
    add: (piece) => {
      if (head.length >= headLength) return true;
      head = Uint8Array.from([...head, ...piece.subarray(0, headLength - head.length)]);
      return head.length < headLength || mediaProblem(type, head) === null;
    },
    end: () => mediaProblem(type, head) === null,
    text: noText,
  };
}

/** Characters of a content that is kept. */
const maxKept = 256 * 1024;

/** Text is valid UTF-8 without NUL. @param keeps whether the content is kept; then it is not large */
function textCheck(keeps: boolean): ContentCheck {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const kept: string[] = [];
  let size = 0;
  const decodes = (piece: Uint8Array | undefined): boolean => {
    try {
      const text = decoder.decode(piece, { stream: piece !== undefined });
      size += text.length;
      if (keeps) kept.push(text);
      return !keeps || size <= maxKept;
    } catch {
      return false;
    }
  };
  return {
    add: (piece) => !piece.includes(0) && decodes(piece),
    end: () => decodes(undefined),
    text: () => kept.join(''),
  };
}

/** XML is well-formed, and has no document type, whose entities could name other files. */
function xmlCheck(): ContentCheck {
  const text = textCheck(true);
  return { ...text, end: () => text.end() && isWellFormedXml(text.text()) };
}

/** A check of a content of this type. It keeps the first bytes only, or the whole of a template. */
export function contentCheck(type: string, kind?: FileKind): ContentCheck {
  if (type === 'application/xml') return xmlCheck();
  return isText(type) ? textCheck(kind === 'provisioning_template') : headCheck(type);
}
