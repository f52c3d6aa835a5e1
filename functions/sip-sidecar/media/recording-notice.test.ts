import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NgFailure } from './ng-client.ts';
import type { NgCommand } from './ng-message.ts';
import { noticeFile, RecordingNotice } from './recording-notice.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A notice of 3 s at a relay that does not play some of its files to some parties. */
function noticeAt(fails: (line: string) => boolean | Error = () => false, notified?: readonly string[]) {
  const asked: string[] = [];
  const faults: unknown[] = [];
  const ask = async (command: NgCommand) => {
    const tag = 'from-tag' in command ? command['from-tag'] : '';
    const line = 'file' in command ? `${tag} ${command.file}` : `${tag} ${command.command}`;
    const failure = fails(line);
    if (failure instanceof Error) throw failure;
    if (failure) return { result: 'error' };
    asked.push(line);
    return 'file' in command ? { result: 'ok', duration: 3_000 } : { result: 'ok' };
  };
  const dependencies = { call: 'call_1', folder: '/r', file: 'announcement-en.wav', ask };
  const notice = new RecordingNotice({ ...dependencies, fault: (error) => void faults.push(error) }, notified);
  const played = () => asked.filter((line) => line.includes('.wav'));
  return { notice, asked, played, faults };
}

test('each party hears it once, and who knows it not at all', async () => {
  const { notice, played } = noticeAt(undefined, ['a']);
  await notice.notifyBoth('b1', 'a');
  await notice.notifyBoth('c1', 'a');
  await notice.notifyBoth('c1', 'b1');
  expect(played()).toEqual(['b1 /r/announcement-en.wav', 'c1 /r/announcement-en.wav']);
});

test('a party hears nothing else until it is over', async () => {
  const { notice, asked } = noticeAt();
  await notice.notify('b1', 'a');
  expect(asked).toEqual(['a block media', 'b1 /r/announcement-en.wav']);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(500);
  expect(asked.slice(2)).toEqual(['a unblock media']);
});

test('a party stays silent for another one that hears the notice later', async () => {
  const { notice, asked } = noticeAt();
  await notice.notify('b1', 'a');
  await vi.advanceTimersByTimeAsync(2_000);
  await notice.notify('c1', 'a');
  await vi.advanceTimersByTimeAsync(2_900);
  expect(asked).not.toContain('a unblock media');
  await vi.advanceTimersByTimeAsync(500);
  expect(asked.filter((line) => line === 'a unblock media')).toHaveLength(1);
});

test('a relay without the announcement plays its beep', async () => {
  const { notice, played, faults } = noticeAt((line) => line.includes('announcement'));
  await notice.notifyBoth('b1', 'a');
  expect([played(), faults]).toEqual([['b1 /r/beep.wav', 'a /r/beep.wav'], []]);
});

test.each([true, new NgFailure('late')])(
  'a party that cannot hear it is notified later, and one fault is reported: %s',
  async (failure) => {
    let isHeld = true;
    const { notice, asked, played, faults } = noticeAt((line) => isHeld && line.startsWith('a /') && failure);
    for (let times = 0; times < 2; times += 1) await notice.notifyBoth('a', 'b1');
    expect([played(), faults.length]).toEqual([['b1 /r/announcement-en.wav'], 1]);
    await vi.advanceTimersByTimeAsync(10);
    expect(asked.at(-1)).toBe('b1 unblock media');
    isHeld = false;
    await notice.notifyBoth('a', 'b1');
    expect(played().slice(1)).toEqual(['a /r/announcement-en.wav']);
  },
);

test('parties of a call of another task are heard again, whatever that task has done', async () => {
  const { asked } = noticeAt(undefined, ['a', 'b1']);
  await vi.advanceTimersByTimeAsync(7_000);
  expect(asked).toEqual(['a unblock media', 'b1 unblock media']);
});

test('the relay is asked nothing of a call that is over', async () => {
  const { notice, asked } = noticeAt();
  await notice.notify('b1', 'a');
  notice.close();
  await vi.advanceTimersByTimeAsync(7_000);
  expect(asked).toHaveLength(2);
});

test('an organization has the sound of its notice, in the language of its country', () => {
  const of = (country: string, notice?: 'none' | 'announcement') =>
    noticeFile({ country, settings: notice === undefined ? {} : { recording_notice: notice } });
  expect([of('DE'), of('US'), of('BR'), of('BR', 'announcement'), of('JP', 'none')]).toEqual([
    ...['announcement-de.wav', 'announcement-en.wav', 'beep.wav', 'announcement-pt.wav', undefined],
  ]);
});
