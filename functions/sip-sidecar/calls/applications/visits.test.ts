import { expect, test } from 'vitest';
import { invokeThrough } from '#runtime/invoke.ts';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import type { ApplicationHost } from './application.ts';
import { Visits } from './visits.ts';

const unused = (): never => expect.fail('it is not used');

/** A visit of the own mailbox. @param answers of the function, in turn @returns what happens */
async function visit(...answers: readonly ('late' | 'open' | 'wrong')[]) {
  const log: string[] = [];
  const left = [...answers];
  const visits = new Visits({
    directory: {
      organization: async (organization) => organizationOf(organization),
      mailbox: async (_, mailbox) => ({ mailbox, user_id: 'usr_1', extension_user: 'usr_1', preferences: undefined }),
    },
    messages: { open: unused, keep: unused, drop: unused },
    heard: {
      list: async () => ({ fresh: [], heard: [] }),
      ...{ get: unused, mark: unused, remove: unused, forward: unused },
    },
    greetings: { open: unused, find: unused, stored: unused, keep: unused, choose: unused, drop: unused },
    invoke: invokeThrough(async (_, question) => {
      log.push(`log in ${/"pin":("\d+"|null)/.exec(question)?.[1]}`);
      const outcome = left.shift();
      if (outcome === 'late') throw new Error('it takes longer than its timeout');
      return { outcome };
    }),
    say: unused,
    now: () => 0,
    fault: () => void log.push('fault'),
  });
  const host: Pick<ApplicationHost, 'answer' | 'play' | 'stop' | 'hangUp'> = {
    answer: () => undefined,
    play: async (sounds) => {
      log.push(sounds.map((sound) => ('name' in sound ? sound.name : '')).join(' '));
      return false;
    },
    stop: () => undefined,
    hangUp: ({ status }) => void log.push(`hang up ${status}`),
  };
  const start = await visits.start(1_001, { mailbox: '401', user: 'usr_1' });
  return { log, application: start(host as ApplicationHost) };
}

test('the own phone, which needs no PIN, enters its mailbox also when the function starts slowly', async () => {
  const { log, application } = await visit('late', 'late', 'open');
  const asked = Array.from({ length: 3 }, () => 'log in null');
  await eventually(() => expect(log).toEqual([...asked, expect.stringContaining('no-')]));
  application.onEnd();
});

test('a PIN is checked once, as each time counts as a try', async () => {
  const { log, application } = await visit('wrong', 'late', 'open');
  await eventually(() => expect(log).toEqual(['log in null', 'enter-pin']));
  for (const digit of '73#') application.onDigit(digit);
  await eventually(() => expect(log.slice(2)).toEqual(['log in "73"', 'fault', 'hang up 503']));
  application.onEnd();
});
