import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { ApplicationHost } from './application.ts';
import { announcement, announcementOf, resumedAnnouncement } from './announcement.ts';

/** A host whose sounds end when the test says so. @param joined when the caller hears it; default: at once */
function hostOf(joined: Promise<void> = Promise.resolve()) {
  const log: string[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<boolean>();
  const host: Pick<ApplicationHost, 'answer' | 'joined' | 'play' | 'playOn' | 'hangUp'> = {
    answer: () => void log.push('answer'),
    joined: () => joined,
    play: async (sounds) => {
      log.push(`play ${sounds.length}`);
      return ended;
    },
    playOn: async () => {
      log.push('play on');
      return ended;
    },
    hangUp: ({ q850 }) => void log.push(`hang up ${q850}`),
  };
  return { host: host as ApplicationHost, log, end: () => end(true) };
}

const beep = { platform: 'beep' } as const;

test('an announcement answers, plays and hangs up', async () => {
  const { host, log, end } = hostOf();
  announcement([beep, beep])(host);
  await eventually(() => expect(log).toEqual(['answer', 'play 2']));
  end();
  await eventually(() => expect(log.at(-1)).toBe('hang up 16'));
});

test('what has to happen before it is said does so when the caller hears it, directly before that', async () => {
  const { promise: joined, resolve: join } = Promise.withResolvers<undefined>();
  const { host, log } = hostOf(joined);
  const application = announcementOf(async () => {
    log.push('change');
    return [beep];
  })(host);
  await new Promise(setImmediate);
  expect([log, application.isMovable]).toEqual([['answer'], false]);
  join(undefined);
  await eventually(() => expect(log).toEqual(['answer', 'change', 'play 1']));
  expect(application.isMovable).toBe(true);
});

test('one that moves while it plays hangs up at the other task only', async () => {
  const [here, there] = [hostOf(), hostOf()];
  const application = announcement([beep])(here.host);
  expect([application.isMovable, application.suspend()]).toEqual([true, { kind: 'announcement' }]);
  resumedAnnouncement(there.host);
  for (const { end } of [here, there]) end();
  await eventually(() => expect(there.log).toEqual(['play on', 'hang up 16']));
  expect(here.log).toEqual(['answer', 'play 1']);
});

test('one that is not taken by another task hangs up here', async () => {
  const { host, log, end } = hostOf();
  const application = announcement([beep])(host);
  application.suspend();
  end();
  await eventually(() => expect(application.isMovable).toBe(false));
  application.goOn();
  expect(log.at(-1)).toBe('hang up 16');
});
