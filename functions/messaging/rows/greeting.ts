import { create, remove, removeIf, replace, type Write } from '#dynamodb/write.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { asUnreferenced, countFileBytes, fileRow, referenceChangeWrites, schedulePurges } from '#dynamodb/rows/file.ts';
import { whileHoldsStay, type Holds } from '#dynamodb/rows/legal-hold.ts';
import { awaitedRecording, purgesAfter, uploadTimeout, type File } from '#schema/file.ts';
import { greetingName, type GreetingPlace, type GreetingUse } from '#schema/greeting.ts';
import type { Table } from '#dynamodb/table.ts';
import { greetingsOf, type VoicemailPreferences } from '#schema/mailbox.ts';
import { fileNameRow, maxFiles } from '../../platform/rows/file-name.ts';
import { preferencesWrites } from './mailbox-pin.ts';

/** Greetings and names of a mailbox, by phone or upload (functions/messaging/voicemail/README.md, "Greetings"). */

/** What a recording is for, and the preference that names its file. */
const fields = {
  unavailable: 'greeting_file_id',
  busy: 'busy_greeting_file_id',
  name: 'name_file_id',
} as const satisfies Readonly<Record<GreetingUse, keyof VoicemailPreferences>>;

/** The file of a use; null: none. */
export const fileOfUse = (preferences: Partial<VoicemailPreferences>, use: GreetingUse): string | null =>
  preferences[fields[use]] ?? null;

/** The file that has the name of the one for uploads; undefined: there is none. */
export async function findGreetingFile(
  table: Pick<Table<'file' | 'file-name'>, 'get'>,
  place: GreetingPlace,
): Promise<{ readonly isTaken: boolean; readonly file: File | undefined }> {
  const name = await table.get(fileNameRow, { kind: 'greeting', name: greetingName(place).toLowerCase() });
  const file = name === undefined ? undefined : await table.get(fileRow, { id: name.owner });
  return { isTaken: name !== undefined, file };
}

/** A file that waits for what the relay records of the caller. No user has created it. */
export function newGreetingFile(id: string, { mailbox, use }: { mailbox: string; use: GreetingUse }, now: Date): File {
  const at = now.toISOString();
  return {
    id,
    name: `Mailbox ${mailbox}, ${use}, ${id}`,
    kind: 'greeting',
    description: 'Recorded by phone',
    content: null,
    upload: awaitedRecording(at),
    created_by: null,
    created_at: at,
    updated_at: at,
    version: 1,
  };
}

/** Whether a file was recorded or uploaded for a mailbox, so that it goes when another one takes its place. */
export const isGreetingOfMailbox = (file: File | undefined): file is File =>
  file?.kind === 'greeting' && file.created_by === null;

const nameOf = ({ kind, name }: Pick<File, 'kind' | 'name'>) => ({ kind, name: name.toLowerCase() });

const awaitUpload = (organization: number, { id, updated_at: at }: File): Write<'due'> =>
  scheduleDue({
    kind: 'file.upload',
    at: new Date(Date.parse(at) + uploadTimeout).toISOString(),
    org_id: organization,
    subject: id,
  });

/** Makes the file of a recording that begins, or of an upload. It counts for the limit of files. */
export const openGreetingWrites = (
  organization: number,
  file: File,
): Write<'file' | 'file-name' | 'count' | 'due'>[] => [
  create(fileRow, file),
  create(fileNameRow, { ...nameOf(file), owner: file.id }),
  incrementCount('files', maxFiles),
  ...countFileBytes(undefined, file),
  awaitUpload(organization, file),
];

/** Saves a file that awaits another upload. */
export const replaceGreetingWrites = (
  organization: number,
  before: File,
  after: File,
): Write<'file' | 'count' | 'due'>[] => [
  replace(fileRow, after, before),
  ...countFileBytes(before, after),
  awaitUpload(organization, after),
  ...schedulePurges(organization, after.id, purgesAfter(before, after, new Date(after.updated_at))),
];

/** Deletes the file of a recording that nothing uses, with its bytes in their time. */
export const dropGreetingWrites = (
  organization: number,
  file: File,
  { holds, now }: { readonly holds: Holds; readonly now: Date },
): Write<'file' | 'file-name' | 'count' | 'due' | 'check:holdhead'>[] => [
  removeIf(fileRow, { id: file.id }, asUnreferenced(file)),
  // It is no recording of a call, which a hold could mean.
  whileHoldsStay(holds),
  remove(fileNameRow, nameOf(file)),
  decrementCount('files'),
  ...countFileBytes(file, undefined),
  ...schedulePurges(organization, file.id, purgesAfter(file, undefined, now)),
];

/** The preferences with a recording. A greeting is used from then on. */
export const withGreeting = (base: VoicemailPreferences, use: GreetingUse, file: string): VoicemailPreferences => ({
  ...base,
  [fields[use]]: file,
  ...(use === 'unavailable' ? { greeting_type: 'custom' } : {}),
});

/** Saves preferences whose greetings have changed. */
export const greetingChangeWrites = (
  before: VoicemailPreferences | undefined,
  after: VoicemailPreferences,
): Write<'voicemailprefs' | 'count' | 'file' | 'reference'>[] => [
  ...preferencesWrites(before, after),
  ...referenceChangeWrites(
    { type: 'mailbox', id: after.mailbox },
    before === undefined ? [] : greetingsOf(before),
    greetingsOf(after).map((id) => ({ id })),
  ),
];
