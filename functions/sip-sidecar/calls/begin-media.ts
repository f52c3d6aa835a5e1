import { recordingOf } from '../../../shared/schema/file.ts';
import type { Call } from '../../../shared/schema/call.ts';
import type { CallMedia } from '../media/call-media.ts';
import { recordingMetadata, recordingWrites } from '../media/call-recording.ts';
import type { CallsDependencies } from './call-beginnings.ts';
import type { CallWriter } from './call-writer.ts';

/** The media of a new call, whose relay and recording are stored with it. */
export const beginMedia = (
  { media, context }: Pick<CallsDependencies, 'media' | 'context'>,
  call: Call,
  writer: Pick<CallWriter, 'call' | 'note' | 'record'>,
): CallMedia =>
  media.begin(call.id, (relay) => writer.note({ media_relay: relay }), {
    // A policy asks for it when the call is routed.
    isWanted: () => writer.call.options.record === true,
    metadata: (ports) => recordingMetadata(call, ports),
    onBegin: () => {
      writer.note({ recording_id: recordingOf(call.id) });
      writer.record(recordingWrites(call, context.clock()));
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
