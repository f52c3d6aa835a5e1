import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { RingGroup } from '#telephony/ring-group.ts';
import type { ApplicationHost, StartApplication } from './application.ts';
import { groupApplication } from './group-application.ts';

const never = () => expect.fail('not expected');

/** What a group does with its caller. @param next where each group goes on @param outcomes of the parties, by id */
function ringing(
  next: Readonly<Record<string, RingGroup['no_answer']>>,
  outcomes: Readonly<Record<string, 'answered' | 'busy'>> = {},
) {
  const log: string[] = [];
  const host: ApplicationHost = {
    ...{ call: never, headers: never, progress: never, joined: never, play: never, stop: never, playOn: never },
    ...{ record: never, stopRecording: never, answerAsEcho: never, hold: never, park: never },
    answer: () => void log.push('answer'),
    hangUp: ({ status, q850 }) => void log.push(`hang up ${status} ${q850}`),
    dial: async ({ parties }) => {
      const [party = {}] = parties;
      const id = String(Object.values(party)[0]);
      log.push(`dial ${Object.keys(party)[0]} ${id}`);
      return outcomes[id] ?? 'no_answer';
    },
  };
  const flow: StartApplication = () => {
    log.push('flow');
    const onDigit = (digit: string) => void log.push(digit);
    return { onDigit, onEnd: () => void log.push('end'), isMovable: true, suspend: () => undefined, goOn: never };
  };
  const source = {
    next: async (id: string) => next[id] ?? null,
    flow: async (id: string) => (id === 'flow_1' ? flow : undefined),
  };
  return { application: groupApplication('rgrp_1', source)(host), log };
}

test('a group answers, calls its members, and is over when one of them has answered', async () => {
  const { application, log } = ringing({}, { rgrp_1: 'answered' });
  await eventually(() => log.length === 2);
  expect([log, application.isMovable]).toEqual([['answer', 'dial ring_group rgrp_1'], false]);
});

test.each([
  ['user', 'user usr_1'],
  ['device', 'device usr_1'],
] as const)('a call that none answers goes on to a %s, and then it ends', async (type, dialed) => {
  const { log } = ringing({ rgrp_1: { type, id: 'usr_1' } }, { usr_1: 'busy' });
  await eventually(() => log.length === 4);
  expect(log).toEqual(['answer', 'dial ring_group rgrp_1', `dial ${dialed}`, 'hang up 486 17']);
});

test('groups go on in one another, each once', async () => {
  const { log } = ringing({
    rgrp_1: { type: 'ring_group', id: 'rgrp_2' },
    rgrp_2: { type: 'ring_group', id: 'rgrp_1' },
  });
  await eventually(() => log.length === 4);
  expect(log.slice(1)).toEqual(['dial ring_group rgrp_1', 'dial ring_group rgrp_2', 'hang up 480 16']);
});

test('a flow has the call after the group', async () => {
  const { application, log } = ringing({ rgrp_1: { type: 'flow', id: 'flow_1' } });
  await eventually(() => log.includes('flow'));
  application.onDigit('5');
  expect([log.at(-1), application.isMovable]).toEqual(['5', true]);
  application.onEnd();
  expect(log.at(-1)).toBe('end');
});

test('a flow that is gone ends the call', async () => {
  const { log } = ringing({ rgrp_1: { type: 'flow', id: 'flow_2' } });
  await eventually(() => log.at(-1) === 'hang up 480 16');
});

test('after its end nothing is called', async () => {
  const { application, log } = ringing({ rgrp_1: { type: 'user', id: 'usr_1' } });
  application.onEnd();
  await eventually(() => log.length === 2);
  expect(log).toEqual(['answer', 'dial ring_group rgrp_1']);
});
