import { newRecordingFile, type RecordedParties, recordingOf, uploadTimeout } from '#schema/file.ts';
import type { Call } from '#telephony/call.ts';
import type { PromptName } from '#schema/prompt.ts';
import type { Sound } from '#schema/sound.ts';
import type { NoticeFacts } from '#schema/recording-notice.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { fileRow } from '#dynamodb/rows/file.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { MusicOnHold } from '../../media/hold-music.ts';
import { noticeFile } from '../../media/recording-notice.ts';
import type { CallMedia, HeardMedia, Recording, StoredMedia } from '../../media/call-media.ts';
import { acceptedLegs } from '../call/call.ts';
import type { CallWriter } from '../records/writer.ts';
import type { Uses } from './context.ts';

/**
 * What the relay stores with a capture (`readMetadata`). Relays of older versions know no Opus.
 * @param recording what it becomes: `file=`, `greeting=` or `voicemail=` with an id
 */
function captureLabel(
  { org_id: organization }: Pick<Call, 'org_id'>,
  recording: string,
  { caller, opus }: HeardMedia,
): string {
  const formats = opus.map(({ port, format }) => `${port}:${format}`).join(',');
  return `trunkline org=${organization} ${recording} caller=${caller.join(',')}${formats && ` opus=${formats}`}`;
}

const recordingMetadata = (call: Pick<Call, 'org_id'>, file: string, heard: HeardMedia) =>
  captureLabel(call, `file=${file}`, heard);

type RecordedCall = Pick<Call, 'id' | 'org_id' | 'user_id' | 'direction' | 'numbers' | 'legs'>;

/** Who is recorded when a recording begins. Parties that join later are known by the CDRs of the call. */
const partiesOf = ({ user_id, direction, numbers, legs }: RecordedCall): RecordedParties => ({
  direction,
  users: distinct([user_id, ...legs.map((leg) => leg.user_id)]),
  parties: distinct([numbers.caller, numbers.called, ...legs.flatMap(({ number, target }) => [number, target])]),
});

const distinct = (values: readonly (string | null)[]): string[] => [
  ...new Set(values.filter((value) => value !== null)),
];

/** Stores the file of a recording that begins, which waits for its sound from the relay. It may be repeated. */
export function recordingWrites(call: RecordedCall, now: Date, id = recordingOf(call.id)) {
  const { org_id: organization } = call;
  const file = newRecordingFile(call.id, partiesOf(call), now, id);
  const at = new Date(now.getTime() + uploadTimeout).toISOString();
  return [overwrite(fileRow, file), scheduleDue({ kind: 'file.upload', at, org_id: organization, subject: file.id })];
}

type MediaFacts = NoticeFacts & {
  readonly org_id: number;
  readonly settings: { readonly music_on_hold?: string | undefined };
};

/** What parties on hold hear; undefined: nothing. A file that is gone is the piece of the platform. */
function musicOf(
  { directory }: Uses<{ directory: 'sound' }>,
  { org_id: organization, settings: { music_on_hold: music = 'default' } }: MediaFacts,
): MusicOnHold | undefined {
  if (music === 'none') return undefined;
  return async () => (music === 'default' ? undefined : directory.sound(organization, music));
}

/** The sound of an organization in place of a prompt of the platform; undefined: it has none. */
export const replacementsOf =
  ({ directory }: Uses<{ directory: 'sound' }>, { org_id: organization, settings: { prompts } }: OrganizationItem) =>
  async (name: PromptName): Promise<Sound | undefined> => {
    const file = prompts?.[name];
    return file === undefined ? undefined : directory.sound(organization, file);
  };

/** The media of a new call, whose relay and recording are stored with it. */
export const beginMedia = (
  { media, context, directory }: Uses<{ media: 'begin'; context: 'clock' | 'recorderOf'; directory: 'sound' }>,
  organization: MediaFacts,
  call: Call,
  writer: Pick<CallWriter, 'call' | 'note' | 'record'>,
): CallMedia => {
  const recording: Recording = {
    notice: noticeFile(organization),
    // A policy asks for it when the call is routed.
    isWanted: () => writer.call.options.record === true,
    metadata: (heard) => recordingMetadata(call, recordingOf(call.id), heard),
    onBegin: () => {
      writer.note({ recording_id: recordingOf(call.id) });
      writer.record(recordingWrites(writer.call, context.clock()));
    },
    onFailure: (reason) =>
      writer.record([
        context.recorderOf(call.org_id)('call.recording_failed', {
          entity: { type: 'call', id: call.id },
          description: `Call ${call.id} is not recorded`,
          fields: { reason },
        }),
      ]),
  };
  const onRelay = (relay: string): void => writer.note({ media_relay: relay });
  return media.begin(call.id, onRelay, recording, musicOf({ directory }, organization));
};

/** The media of a call of another task: a party that joins a recorded one hears its notice. */
export const resumeMedia = (
  { media, directory }: Uses<{ media: 'resume'; directory: 'sound' }>,
  organization: MediaFacts,
  call: string,
  stored: StoredMedia,
): CallMedia =>
  media.resume(call, stored, acceptedLegs, {
    notice: noticeFile(organization),
    music: musicOf({ directory }, organization),
  });

/**
 * Records what the caller of an application says.
 * @returns id of the file, which waits for the recording @throws an Error if nothing is recorded
 */
export async function recordPart(
  writer: Pick<CallWriter, 'call' | 'record'>,
  media: Pick<CallMedia, 'startRecording'>,
  { id, now }: { readonly id: string; readonly now: Date },
): Promise<string> {
  const { call } = writer;
  const isPart = await media.startRecording((heard) => recordingMetadata(call, id, heard));
  if (!isPart) return recordingOf(call.id);
  writer.record(recordingWrites(call, now, id));
  return id;
}

/**
 * Records what the caller says as a voicemail message, or as the file of a greeting, which exists already.
 * @returns its id @throws an Error if nothing is recorded
 */
export async function recordMessage(
  call: Pick<Call, 'org_id'>,
  media: Pick<CallMedia, 'startRecording'>,
  message: string,
): Promise<string> {
  const kind = message.startsWith('file_') ? 'greeting' : 'voicemail';
  await media.startRecording((heard) => captureLabel(call, `${kind}=${message}`, heard), { replaces: true });
  return message;
}
