import { recordingOf } from '#schema/file.ts';
import type { Call } from '#schema/call.ts';
import type { NoticeFacts } from '#schema/recording-notice.ts';
import type { CallMedia, StoredMedia } from '../media/call-media.ts';
import { noticeFile } from '../../media-relay/recordings/notice-sound.ts';
import { recordingMetadata, recordingWrites } from '../media/call-recording.ts';
import type { CallsDependencies } from './call-beginnings.ts';
import { adoptedLegs } from './moved-call.ts';
import type { CallWriter } from './call-writer.ts';

/** The media of a new call, whose relay and recording are stored with it. */
export const beginMedia = (
  { media, context }: Pick<CallsDependencies, 'media' | 'context'>,
  organization: NoticeFacts,
  call: Call,
  writer: Pick<CallWriter, 'call' | 'note' | 'record'>,
): CallMedia =>
  media.begin(call.id, (relay) => writer.note({ media_relay: relay }), {
    notice: noticeFile(organization),
    // A policy asks for it when the call is routed.
    isWanted: () => writer.call.options.record === true,
    metadata: (ports) => recordingMetadata(call, ports),
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
  });

/** The media of a call of another task: a party that joins a recorded one hears its notice. */
export const resumeMedia = (
  { media }: Pick<CallsDependencies, 'media'>,
  organization: NoticeFacts,
  call: string,
  stored: StoredMedia,
): CallMedia => media.resume(call, stored, adoptedLegs, noticeFile(organization));
