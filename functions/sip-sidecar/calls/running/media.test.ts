import { expect, test } from 'vitest';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import type { Recording } from '../../media/call-media.ts';
import type { MusicOnHold } from '../../media/hold-music.ts';
import { directMedia, type MediaService } from '../../media/media-service.ts';
import { callFacts } from '../call/calls.fixture.ts';
import { newRecord } from '../call/record.ts';
import type { CallWriter } from '../records/writer.ts';
import { beginMedia, resumeMedia } from './media.ts';

/** The sounds of files: those that are there. */
const directory = {
  sound: async (organization: number, file: string) =>
    file === 'file_1' ? { organization, sha256: 'own' } : undefined,
};

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
  beginMedia({ media, context, directory }, { org_id: 1_001, country: 'DE', settings: {} }, call, writer);
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
    resume: (...[, , , { notice }]: Parameters<MediaService['resume']>) => {
      notices.push(notice);
      return directMedia();
    },
  };
  const leg = { tag: 'a', kind: 'rtp' } as const;
  const organization = { org_id: 1_001, country: 'BR', settings: {} };
  resumeMedia({ media, directory }, organization, 'call_1', { relay: 'one', source: leg, destination: leg });
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

test.each([
  [undefined, 'the platform'],
  ['default', 'the platform'],
  ['file_1', 'own'],
  ['file_gone', 'the platform'],
  ['none', 'nothing'],
])('with music %s a party on hold hears %s', async (music_on_hold, heard) => {
  const played: (MusicOnHold | undefined)[] = [];
  const media = {
    begin: () => directMedia(),
    resume: (...[, , , { music }]: Parameters<MediaService['resume']>) => {
      played.push(music);
      return directMedia();
    },
  };
  const leg = { tag: 'a', kind: 'rtp' } as const;
  const organization = { org_id: 1_001, country: 'DE', settings: { music_on_hold } };
  resumeMedia({ media, directory }, organization, 'call_1', { relay: 'one', source: leg, destination: leg });
  const [music] = played;
  expect(music === undefined ? 'nothing' : ((await music())?.sha256 ?? 'the platform')).toBe(heard);
});
