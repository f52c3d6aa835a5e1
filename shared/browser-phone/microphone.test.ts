import { expect, test } from 'vitest';
import { keepMicrophone } from './microphone.ts';

/** The microphone of a test: its track ends when it is pulled out. */
function newTrack(label: string) {
  const listeners: (() => void)[] = [];
  const track = {
    label,
    enabled: true,
    readyState: 'live' as MediaStreamTrackState,
    addEventListener: (_type: 'ended', listener: () => void): void => void listeners.push(listener),
    stop: (): void => void (track.readyState = 'ended'),
  };
  const pullOut = (): void => {
    track.readyState = 'ended';
    for (const listener of listeners) listener();
  };
  return { track, pullOut };
}

type Made = ReturnType<typeof newTrack>;

/** A call with a headset, and what its page has reported. @param there the microphones that the browser finds */
function newCall(there: Made[]) {
  const headset = newTrack('headset');
  const reports: (string | null)[] = [];
  const sender = {
    track: headset.track as Made['track'] | null,
    replaceTrack: async (track: Made['track']): Promise<void> => void (sender.track = track),
  };
  let changed: (() => void) | undefined;
  const end = keepMicrophone(
    sender,
    {
      open: async () => {
        const next = there.shift();
        if (next === undefined) throw new Error('NotFoundError');
        return next.track;
      },
      onChange: (listener) => {
        changed = listener;
        return () => (changed = undefined);
      },
    },
    (change) => void reports.push(change),
  );
  const turn = async (): Promise<void> => {
    for (let each = 0; each < 10; each += 1) await Promise.resolve();
  };
  const plugIn = async (more: Made): Promise<void> => {
    there.push(more);
    changed?.();
    await turn();
  };
  return { headset, reports, sender, end, plugIn, turn };
}

test('a headset that is pulled out is replaced by the default microphone, as often as it happens', async () => {
  const [desk, camera] = [newTrack('desk'), newTrack('camera')];
  const { headset, sender, reports, turn } = newCall([desk, camera]);
  headset.track.enabled = false;
  headset.pullOut();
  await turn();
  // Who is muted stays so.
  expect([sender.track?.label, sender.track?.enabled]).toEqual(['desk', false]);
  desk.pullOut();
  await turn();
  expect(sender.track?.label).toBe('camera');
  expect(reports).toEqual(['desk', 'camera']);
});

test('without another microphone that is said once, and the next one that comes is taken', async () => {
  const { headset, sender, reports, plugIn, turn } = newCall([]);
  headset.pullOut();
  await turn();
  headset.pullOut();
  await turn();
  expect(reports).toEqual([null]);
  await plugIn(newTrack('new headset'));
  expect(sender.track?.label).toBe('new headset');
  expect(reports).toEqual([null, 'new headset']);
});

test('a microphone that comes beside the one in use changes nothing', async () => {
  const { sender, reports, plugIn } = newCall([]);
  await plugIn(newTrack('camera'));
  expect([sender.track?.label, reports]).toEqual(['headset', []]);
});

test('a call that is over has none: what it has taken is given back, and what comes late is not taken', async () => {
  const [desk, camera] = [newTrack('desk'), newTrack('camera')];
  const { headset, sender, end, turn } = newCall([desk, camera]);
  headset.pullOut();
  await turn();
  desk.pullOut();
  end();
  await turn();
  expect([sender.track?.label, desk.track.readyState, camera.track.readyState]).toEqual(['desk', 'ended', 'ended']);
});
