import { expect, test } from 'vitest';
import { phoneWith } from './descriptions.fixture.ts';
import type { HeardDigit } from './digit-feed.ts';
import { answer, offer, relayed } from './relayed-media.fixture.ts';
import { RelayedMedia } from './relayed-media.ts';

/** When a relay looks for digits in the audio of a leg. */

const [events, none] = [phoneWith([0, 101]), phoneWith([0])];

/** Media whose relay answers each description with itself. */
function listening() {
  const { asked, dependencies } = relayed();
  const listeners: ((digit: HeardDigit) => void)[] = [];
  const applications = {
    ...{ play: async () => 0, stop: async () => undefined, digitPosition: () => undefined },
    onDigit: (_at: unknown, listener: (digit: HeardDigit) => void) => {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const heard: string[] = [];
  const type = (tag: string, digit: string): void => {
    for (const listener of listeners) listener({ tag, digit, position: { epoch: 'e', sequence: 1 } });
  };
  const own = { ...dependencies, applications };
  /** Each change: the tag, and whether its audio is examined. */
  const detections = () =>
    asked.flatMap(({ command }) =>
      command.command === 'unblock DTMF' ? [`${command['from-tag']} ${command.flags.length > 0 ? 'on' : 'off'}`] : [],
    );
  const media = new RelayedMedia('call_1', own);
  const hear = (leg: string, of = media) => of.hearDigits(leg, (digit, way) => void heard.push(`${digit} ${way}`));
  const agree = async (sdp: string): Promise<void> => {
    await media.pass({ ...offer, sdp });
    await media.pass({ ...answer, sdp });
  };
  return { media, own, heard, type, detections, hear, agree };
}

test('a leg without telephone events is heard by its tones, while an application listens', async () => {
  const { heard, type, detections, hear, agree } = listening();
  const end = hear('a');
  await agree(none);
  type('a', '5');
  expect([heard, detections()]).toEqual([['5 inband'], ['a on']]);
  end();
  await expect.poll(detections).toEqual(['a on', 'a off']);
});

test('a leg with telephone events is heard by these alone, so that a digit counts once', async () => {
  const { heard, type, detections, hear, agree } = listening();
  const end = hear('a');
  await agree(events);
  type('a', '5');
  expect([heard, detections()]).toEqual([['5 rfc4733'], []]);
  end();
  await agree(events);
  expect(detections()).toEqual([]);
});

test('without a listener no audio is examined, and one that comes later has it examined at once', async () => {
  const { detections, hear, agree } = listening();
  await agree(none);
  expect(detections()).toEqual([]);
  const [first, second] = [hear('b1'), hear('b1')];
  await expect.poll(detections).toEqual(['b1 on']);
  first();
  await agree(none);
  expect(detections()).toEqual(['b1 on']);
  second();
  await expect.poll(detections).toEqual(['b1 on', 'b1 off']);
});

test('another offer may bring telephone events, or end them', async () => {
  const { detections, hear, agree } = listening();
  hear('a');
  await agree(events);
  await agree(none);
  await agree(none);
  expect(detections()).toEqual(['a on']);
  await agree(events);
  expect(detections()).toEqual(['a on', 'a off']);
});

test('a task that goes on with a call knows how its digits come, and does not ask the relay again', async () => {
  const { media, own, heard, type, detections, hear, agree } = listening();
  const end = hear('a');
  await agree(none);
  const stored = media.stored('a', 'b1');
  if (stored === undefined) throw new Error('there is nothing to go on with');
  media.leave();
  end();
  const other = RelayedMedia.resume('call_1', stored, { source: 'a', destination: 'b1' }, own);
  heard.length = 0;
  hear('a', other);
  type('a', '7');
  await expect.poll(() => heard).toContain('7 inband');
  expect(detections()).toEqual(['a on']);
});

test('an end of the call asks the relay for nothing else', async () => {
  const { media, detections, hear, agree } = listening();
  const end = hear('a');
  await agree(none);
  void media.close();
  end();
  await media.close();
  expect(detections()).toEqual(['a on']);
});
