import { expect, test } from 'vitest';
import {
  idsOf,
  maxReferences,
  referencesIn,
  spokenParts,
  tooManyReferences,
  unknownReferences,
} from './flow-references.ts';
import { flowOf } from './flow-walk.fixture.ts';

const flow = flowOf(
  {
    hello: { type: 'play', prompt: [{ file: 'file_1' }, { say: 'hello' }], next: 'call' },
    call: {
      type: 'dial',
      to: ['203', { user: 'user_1' }],
      caller_id: '+4930123',
      music: 'file_2',
      announce: { file: 'file_1' },
    },
    box: { type: 'voicemail', mailbox: '203', greeting: { file: 'file_3' } },
    hours: { type: 'time', schedule: 'sch_1' },
    ask: { type: 'webhook', url: 'https://example.com' },
    other: { type: 'goto', flow: 'flow_2' },
    self: { type: 'goto', flow: 'flow_1' },
    original: { type: 'dial', to: ['203'], caller_id: 'original' },
  },
  { external_policy: 'pol_1' },
);

test('a flow names files, users, mailboxes, schedules, flows, policies, numbers and URLs, with their paths', () => {
  expect(referencesIn(flow).map(({ kind, id, path }) => `${kind} ${id} ${path}`)).toEqual([
    'policy pol_1 external_policy',
    'sound file_1 steps.hello.prompt[0].file',
    'sound file_1 steps.call.announce.file',
    'user user_1 steps.call.to[1].user',
    'sound file_2 steps.call.music',
    'number +4930123 steps.call.caller_id',
    'sound file_3 steps.box.greeting.file',
    'mailbox 203 steps.box.mailbox',
    'schedule sch_1 steps.hours.schedule',
    'url https://example.com steps.ask.url',
    'flow flow_2 steps.other.flow',
  ]);
  expect(idsOf(referencesIn(flow), 'sound')).toEqual(['file_1', 'file_2', 'file_3']);
});

test('the paths of texts', () => {
  expect(spokenParts(flow.steps)).toEqual([{ part: { say: 'hello' }, path: 'steps.hello.prompt[1]' }]);
});

test('what does not exist is a violation at each of its paths', () => {
  const known = new Set(['policy pol_1', 'sound file_2', 'sound file_3', 'user user_1', 'number +4930123']);
  const others = new Set([...known, 'mailbox 203', 'schedule sch_1', 'flow flow_2']);
  expect(unknownReferences(referencesIn(flow), others).map(({ path }) => path)).toEqual([
    'steps.hello.prompt[0].file',
    'steps.call.announce.file',
  ]);
});

test('different references of a kind have a limit, the same one has none', () => {
  const sounds = (count: number) =>
    Array.from({ length: count }, (_item, at) => ({ kind: 'sound', id: `file_${at}`, path: 'x' }) as const);
  expect(tooManyReferences(sounds(maxReferences.sound))).toEqual([]);
  expect(tooManyReferences(sounds(maxReferences.sound + 1))).toEqual([
    { path: 'steps', message: 'must have at most 20 different sounds' },
  ]);
  expect(tooManyReferences(Array.from({ length: 100 }, () => ({ kind: 'sound', id: 'file_1', path: 'x' })))).toEqual(
    [],
  );
});
