import { expect, test } from 'vitest';
import { NgFailure } from './ng-client.ts';
import type { NgCommand } from './ng-message.ts';
import { RecordingNotice } from './recording-notice.ts';

/** A notice at a relay that does not play some of its files to some parties. */
function noticeAt(fails: (line: string) => boolean | Error, notified?: readonly string[]) {
  const played: string[] = [];
  const faults: unknown[] = [];
  const ask = async (command: NgCommand) => {
    const line = 'file' in command ? `${command['from-tag']} ${command.file}` : command.command;
    const failure = fails(line);
    if (failure instanceof Error) throw failure;
    if (!failure) played.push(line);
    return { result: failure ? 'error' : 'ok' };
  };
  const dependencies = { call: 'call_1', folder: '/r', file: 'announcement-en.wav', ask };
  return {
    notice: new RecordingNotice({ ...dependencies, fault: (error) => void faults.push(error) }, notified),
    played,
    faults,
  };
}

test('each party hears it once, and who knows it not at all', async () => {
  const { notice, played } = noticeAt(() => false, ['a']);
  await notice.notify(['b1', 'a']);
  await notice.notify(['c1', 'a']);
  await notice.notify(['c1', 'b1']);
  expect(played).toEqual(['b1 /r/announcement-en.wav', 'c1 /r/announcement-en.wav']);
});

test('a relay without the announcement plays its beep', async () => {
  const { notice, played, faults } = noticeAt((line) => line.includes('announcement'));
  await notice.notify(['b1', 'a']);
  expect([played, faults]).toEqual([['b1 /r/beep.wav', 'a /r/beep.wav'], []]);
});

test.each([true, new NgFailure('late')])(
  'a party that cannot hear it is notified later, and one fault is reported: %s',
  async (failure) => {
    let isHeld = true;
    const { notice, played, faults } = noticeAt((line) => isHeld && line.startsWith('a ') && failure);
    await notice.notify(['a', 'b1']);
    await notice.notify(['a', 'b1']);
    expect([played, faults.length]).toEqual([['b1 /r/announcement-en.wav'], 1]);
    isHeld = false;
    await notice.notify(['a', 'b1']);
    expect(played.slice(1)).toEqual(['a /r/announcement-en.wav']);
  },
);
