import { expect, test } from 'vitest';
import { playbackFlow } from '../applications/flow-source.ts';
import { applicationOf, hangUpBy } from './template-actions.ts';

test.each([
  ['USER_BUSY', 486, 17, 'USER_BUSY'],
  ['CALL_REJECTED', 603, 21, 'CALL_REJECTED'],
  ['NO_ROUTE_DESTINATION', 404, 3, 'NO_ROUTE'],
  ['NORMAL_TEMPORARY_FAILURE', 503, 41, 'NORMAL_TEMPORARY_FAILURE'],
  ['', 480, 16, 'NORMAL_CLEARING'],
  [null, 480, 16, 'NORMAL_CLEARING'],
  ['constructor', 480, 16, 'NORMAL_CLEARING'],
])('hangup %s ends a call with %i', (destination, status, q850, cause) => {
  expect(hangUpBy(destination)).toEqual({ kind: 'rejected', reason: 'HANGUP', status, cause: { cause, q850 } });
});

const never = () => expect.fail('not expected');

test('answer answers, and waits', async () => {
  const log: string[] = [];
  const start = await applicationOf(
    1_001,
    { action: 'answer', destination: null },
    { playback: never, deposit: never },
  );
  const host = { call: never, progress: never, hangUp: never, play: never, playOn: never, stop: never, dial: never };
  start?.({
    ...host,
    headers: never,
    joined: never,
    answerAsEcho: never,
    hold: never,
    park: never,
    record: never,
    stopRecording: never,
    answer: () => void log.push('answer'),
  });
  expect(log).toEqual(['answer']);
});

test('playback plays what its destination names', async () => {
  const named: string[] = [];
  const start = () => never();
  const playback = async (organization: number, name: string) => {
    named.push(`${organization} ${name}`);
    return start;
  };
  expect(await applicationOf(1_001, { action: 'playback', destination: 'welcome' }, { playback, deposit: never })).toBe(
    start,
  );
  expect(named).toEqual(['1001 welcome']);
  expect(playbackFlow('file_1').steps['play']).toMatchObject({
    prompt: { file: 'file_1' },
    answer: false,
    next: 'end',
  });
});

test('voicemail says that messages are not taken', async () => {
  const start = () => never();
  const deposit = async (_: number, mailbox: string, reason: string) =>
    mailbox === '204' && reason === 'unavailable' ? start : undefined;
  for (const destination of ['204', 'default sip.example.com 204'])
    expect(await applicationOf(1_001, { action: 'voicemail', destination }, { playback: never, deposit })).toBe(start);
});

test('nothing answers by another action', async () => {
  const others = (['bridge', null] as const).map((action) =>
    applicationOf(1_001, { action, destination: '204' }, { playback: never, deposit: never }),
  );
  expect(await Promise.all(others)).toEqual([undefined, undefined]);
});
