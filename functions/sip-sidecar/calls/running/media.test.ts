import { expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import type { Recording } from '../../media/call-media.ts';
import type { MediaService } from '../../media/media-service.ts';
import { directMedia } from '../../media/direct-media.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import { beginMedia, resumeMedia } from './media.ts';
import { newRecord } from '../call/record.ts';
import type { CallWriter } from '../records/writer.ts';
import { callFacts } from '../call/calls.fixture.ts';

/** The recording that the media of a call get, and what is written of it. */
function recordingOfCall() {
  const told: unknown[] = [];
  let call = newRecord(callFacts(), noon);
  const writer: Pick<CallWriter, 'call' | 'note' | 'record'> = {
    get call() {
      return call;
    },
    note: (change) => void (call = { ...call, ...change }),
    record: () => undefined,
  };
  const recordings: Recording[] = [];
  const context = {
    clock: () => noon,
    recorderOf: (organization) => (type, details) => {
      told.push({ type, entity: details.entity, fields: details.fields });
      return recorder({ origin: systemOrigin, organization, now: noon, nextId: () => 'evt_1' })(type, details);
    },
  } as Partial<SidecarContext> as SidecarContext;
  const media = {
    begin: (_call: string, _onRelay: unknown, recording: Recording) => {
      recordings.push(recording);
      return directMedia(recording);
    },
    resume: () => directMedia(),
  };
  beginMedia({ media, context }, { country: 'DE', settings: {} }, call, writer);
  const [recording] = recordings;
  if (recording === undefined) throw new Error('the media get no recording');
  return { recording, writer, told };
}

test('the parties hear what the country of the organization demands', () => {
  expect(recordingOfCall().recording.notice).toBe('announcement-de.wav');
});

test('the parties that join a call of another task hear the same', () => {
  const notices: (string | undefined)[] = [];
  const media = {
    begin: () => directMedia(),
    resume: (...[, , , notice]: Parameters<MediaService['resume']>) => {
      notices.push(notice);
      return directMedia();
    },
  };
  const leg = { tag: 'a', kind: 'rtp' } as const;
  resumeMedia({ media }, { country: 'BR', settings: {} }, 'call_1', { relay: 'one', source: leg, destination: leg });
  expect(notices).toEqual(['beep.wav']);
});

test('a call is recorded if its route says so, which is known after its media have begun', () => {
  const { recording, writer } = recordingOfCall();
  expect(recording.isWanted()).toBe(false);
  writer.note({ options: { ...writer.call.options, record: true } });
  expect(recording.isWanted()).toBe(true);
  recording.onBegin();
  expect(writer.call.recording_id).toBe(writer.call.id.replace('call_', 'file_'));
});

test('a call whose recording fails has none, and an event with the reason', () => {
  const { recording, writer, told } = recordingOfCall();
  recording.onFailure('RECORDING_UNAVAILABLE');
  expect(writer.call).not.toHaveProperty('recording_id');
  expect(told).toEqual([
    {
      type: 'call.recording_failed',
      entity: { type: 'call', id: writer.call.id },
      fields: { reason: 'RECORDING_UNAVAILABLE' },
    },
  ]);
});
