import { expect, test } from 'vitest';
import { noon } from '../../../test/support/dependencies.fixture.ts';
import { recorder, systemOrigin } from '../../../shared/runtime/event-record.ts';
import type { Recording } from '../media/call-media.ts';
import { directMedia } from '../media/direct-media.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { beginMedia } from './begin-media.ts';
import { newRecord } from './call-record.ts';
import type { CallWriter } from './call-writer.ts';
import { callFacts } from './calls.fixture.ts';

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
  beginMedia({ media, context }, call, writer);
  const [recording] = recordings;
  if (recording === undefined) throw new Error('the media get no recording');
  return { recording, writer, told };
}

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
