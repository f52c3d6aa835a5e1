import * as z from 'zod';
import { greetingName, longestGreeting, type GreetingPlace, type GreetingUse } from '#schema/greeting.ts';
import { rejections, type File, type FileContent, type FileUpload, type UploadedGreeting } from '#schema/file.ts';
import { DownloadLink, exampleLink, UploadLink } from '#schema/object-links.ts';
import { second } from '#schema/time.ts';
import { downloadName } from '../../platform/files/file.ts';
import { typesOfKind } from '../../platform/files/media.ts';

/** Greetings that the owner of a mailbox uploads (functions/messaging/voicemail/README.md, "Greetings"). */

/** Bytes: two minutes of what microphones record, uncompressed, in stereo. */
const maxBytes = 24 * 1024 * 1024;

/** Body of PUT. */
export const NewGreeting = z
  .object({
    content_type: z.enum(typesOfKind.greeting).describe('Content type of the audio'),
    size: z.int().min(1).max(maxBytes).describe('Exact length of the audio, bytes; up to 24 MiB'),
  })
  .meta({ id: 'NewGreeting' });
export type NewGreeting = z.output<typeof NewGreeting>;

const names = {
  mailbox: z.string().describe('Name of the mailbox'),
  use: z.string().describe('Use of the greeting'),
};

export const AwaitedGreeting = z
  .object({
    ...names,
    file_id: z.string().describe('File that awaits the audio'),
    max_duration_seconds: z.int().describe('Longest audio that is accepted, seconds'),
    upload: UploadLink,
  })
  .meta({
    id: 'AwaitedGreeting',
    example: {
      mailbox: '204',
      use: 'unavailable',
      file_id: 'file_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      max_duration_seconds: 120,
      upload: {
        method: 'PUT',
        url: 'https://example.com/upload',
        expires_at: '2026-11-20T10:15:00.000Z',
        headers: { 'Content-Type': 'audio/wav', 'Content-Length': '192044' },
      },
    },
  });

export const ShownGreeting = z
  .object({
    ...names,
    file_id: z.string().nullable().describe('File that callers hear; null: there is none'),
    content_type: z.string().nullable().describe('Content type of its audio'),
    size: z.int().nullable().describe('Length of its audio, bytes'),
    duration_seconds: z.number().nullable().describe('Length, seconds; null: calls cannot play it'),
    download: DownloadLink.nullable().describe('Link to the audio, for 15 minutes; null: there is none'),
    upload: z
      .object({
        state: z.enum(['pending', 'rejected']).describe('`pending` until callers hear it'),
        reason: z.enum(rejections).nullable().describe('Reason of the rejection'),
      })
      .nullable()
      .describe('The last upload; null: it is in use, or there was none')
      .meta({ id: 'GreetingUploadState' }),
  })
  .meta({
    id: 'Greeting',
    example: {
      mailbox: '204',
      use: 'unavailable',
      file_id: 'file_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      content_type: 'audio/wav',
      size: 192_044,
      duration_seconds: 12,
      download: exampleLink,
      upload: null,
    },
  });

/** Whether a file is the one for uploads of a use: a user may have given its name to another. */
export const isUploadOf = (file: File | undefined, { mailbox, use }: GreetingPlace): file is File =>
  file?.greeting?.mailbox === mailbox && file.greeting.use === use;

const uploadOf = ({ content_type, size }: NewGreeting, number: number, now: string): FileUpload => ({
  ...{ number, content_type, size, sha256: null },
  ...{ state: 'pending', reason: null, created_at: now },
});

/** The name under which a browser saves the audio of a greeting. */
export const greetingFileName = ({ name, content }: Pick<File, 'name'> & { readonly content: FileContent }): string =>
  downloadName({ name, content_type: content.content_type });

/** A file that awaits its first upload. As one that is recorded by phone, it is of no user. */
export function newGreeting(id: string, place: GreetingPlace, wanted: NewGreeting, now: string): File {
  return {
    id,
    name: greetingName(place),
    kind: 'greeting',
    description: 'Uploaded for the mailbox',
    greeting: { ...place, awaited: true },
    content: null,
    upload: uploadOf(wanted, 1, now),
    created_by: null,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

/** The file with another upload. Callers hear its content until that is accepted. */
export function replaceGreeting(file: File, place: GreetingPlace, wanted: NewGreeting, now: string): File {
  const number = Math.max(file.content?.number ?? 0, file.upload?.number ?? 0) + 1;
  return {
    ...file,
    greeting: { ...place, awaited: true },
    upload: uploadOf(wanted, number, now),
    updated_at: now,
    version: file.version + 1,
  };
}

/** Whether the mailbox is to use a file that was accepted. */
export const isToBeUsed = (
  file: File | undefined,
): file is File & { readonly greeting: UploadedGreeting; readonly content: FileContent } =>
  file?.greeting?.awaited === true && file.content !== null && file.upload === null;

/** Seconds of the longest greeting for a use. */
export const longestSeconds = (use: GreetingUse): number => longestGreeting(use) / second;

type Greeting = {
  readonly place: GreetingPlace;
  /** What callers hear; undefined: nothing. */
  readonly used: (Pick<File, 'id'> & { readonly content: FileContent }) | undefined;
  /** The file for uploads; undefined: there is none. */
  readonly uploaded: Pick<File, 'upload' | 'greeting'> | undefined;
};

/** An upload that was accepted is pending still, until the mailbox uses it. */
function uploadState({ upload, greeting }: Pick<File, 'upload' | 'greeting'>) {
  if (upload !== null) return { state: upload.state, reason: upload.reason };
  return greeting?.awaited === true ? ({ state: 'pending', reason: null } as const) : null;
}

/** A greeting as answered, without its link. */
export function presentGreeting({ place, used, uploaded }: Greeting): Omit<z.input<typeof ShownGreeting>, 'download'> {
  const { sound } = used?.content ?? {};
  return {
    ...{ mailbox: place.mailbox, use: place.use },
    file_id: used?.id ?? null,
    content_type: used?.content.content_type ?? null,
    size: used?.content.size ?? null,
    duration_seconds: sound === undefined ? null : sound.milliseconds / second,
    upload: uploaded === undefined ? null : uploadState(uploaded),
  };
}
