import { expect, test } from 'vitest';
import { DialogCall } from './dialog.fixture.ts';
import { visitScript } from './mailbox-visit.ts';
import type { VisitedMailbox, VisitPlace, VisitResult, VisitWork } from './visit-places.ts';

const visit: VisitedMailbox = {
  ...{ mailbox: '204', language: 'en', zone: 'Europe/Berlin', may_call_back: true },
  ...{ fresh: 0, queue: [], at: 0 },
};
const sound = { organization: 1_001, sha256: 'a'.repeat(64) };

type Call = DialogCall<VisitPlace, VisitWork, VisitResult>;
const done = (call: Call, result: VisitResult) => call.take({ type: 'done', result });

/** A caller in the options of its mailbox. */
function inOptions(): Call {
  const script = visitScript({ organization: 1_001, mailbox: '204', user: 'usr_1', language: 'en' });
  const call: Call = new DialogCall(script, { at: 'options', visit });
  call.take({ type: 'started' });
  return call;
}

/** Types, until something is recorded, and says something. */
function recorded(keys: string, milliseconds = 3_000): Call {
  const call = inOptions();
  call.press(keys);
  done(call, { type: 'opened', message: 'file_1' });
  call.take({ type: 'played' });
  call.at += milliseconds;
  call.press('#');
  call.take({ type: 'recorded', ok: true });
  return call;
}

test.each([
  ['111', 'unavailable', 'record-greeting', 'greetings-menu'],
  ['112', 'busy', 'record-greeting', 'greetings-menu'],
  ['2', 'name', 'record-name', 'options-menu'],
] as const)('the keys %s record what callers hear: %s', (keys, use, prompt, menu) => {
  const call = recorded(keys);
  expect(call.works).toEqual([{ type: 'open_greeting', mailbox: '204', use }]);
  expect(call.heard.slice(-3)).toEqual([prompt, 'beep', 'recording-menu']);
  call.press('1');
  expect(call.works.at(-1)).toEqual({ type: 'keep_greeting', mailbox: '204', use, file: 'file_1' });
  done(call, { type: 'ok' });
  call.take({ type: 'played' });
  expect(call.heard.slice(-2)).toEqual(['recording-saved', menu]);
});

test('a recording is heard, and made again in a file of its own', () => {
  const call = recorded('111');
  call.press('2');
  expect(call.works.at(-1)).toEqual({ type: 'await_greeting', file: 'file_1' });
  done(call, { type: 'sounds', sounds: [sound] });
  expect(call.heard.at(-1)).toBe('sound');
  call.press('3');
  expect(call.works.at(-1)).toEqual({ type: 'drop_greeting', file: 'file_1' });
  done(call, { type: 'ok' });
  expect(call.works.at(-1)).toEqual({ type: 'open_greeting', mailbox: '204', use: 'unavailable' });
});

test('what is too short, cannot be stored, or is decided by no key is dropped', () => {
  const short = recorded('111', 200);
  const silent = recorded('111');
  for (let times = 0; times < 3; times += 1) {
    silent.take({ type: 'played' });
    silent.take({ type: 'timer' });
  }
  const lost = recorded('111');
  lost.press('1');
  done(lost, { type: 'missing' });
  for (const [call, said] of [
    [short, 'message-too-short'],
    [silent, 'no-recording'],
    [lost, 'not-possible'],
  ] as const) {
    expect(call.works.at(-1)).toEqual({ type: 'drop_greeting', file: 'file_1' });
    done(call, { type: 'ok' });
    expect(call.heard.at(-1)).toBe(said);
  }
});

test('who hangs up while it records, listens or decides keeps nothing', () => {
  const dropped = { type: 'finish', work: { type: 'drop_greeting', file: 'file_1' } };
  const recording = inOptions();
  recording.press('111');
  done(recording, { type: 'opened', message: 'file_1' });
  expect(recording.take({ type: 'hung_up' })).toContainEqual(dropped);
  expect(recorded('2').take({ type: 'hung_up' })).toContainEqual(dropped);
  const listening = recorded('2');
  listening.press('2');
  done(listening, { type: 'sounds', sounds: [sound] });
  expect(listening.take({ type: 'hung_up' })).toContainEqual(dropped);
});

test('a greeting is heard, if there is one', () => {
  const call = inOptions();
  call.press('122');
  expect(call.works).toEqual([{ type: 'find_greeting', mailbox: '204', use: 'busy' }]);
  done(call, { type: 'sounds', sounds: [sound] });
  call.take({ type: 'played' });
  expect(call.heard.slice(-2)).toEqual(['sound', 'greetings-menu']);
  call.press('21');
  done(call, { type: 'missing' });
  expect(call.heard.at(-1)).toBe('no-recording');
});

test.each([
  ['1', 'custom'],
  ['2', 'name'],
  ['3', 'default'],
] as const)('13%s lets callers hear the greeting of type %s', (key, greeting) => {
  const call = inOptions();
  call.press(`13${key}`);
  expect(call.works).toEqual([{ type: 'choose_greeting', mailbox: '204', greeting }]);
  done(call, { type: 'ok' });
  expect(call.heard.at(-1)).toBe('greeting-changed');
  call.take({ type: 'played' });
  call.press(`3${key}`);
  done(call, { type: 'missing' });
  expect(call.heard.at(-1)).toBe('no-recording');
});
