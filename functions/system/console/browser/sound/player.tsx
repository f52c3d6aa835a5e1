import { Anchor, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useRef, useState, type KeyboardEvent } from 'react';
import { t } from '../texts/texts.ts';
import { maxDrawn, WaveForm } from './wave-form.tsx';
import { clockText, stepOf } from './wave.ts';

/** A sound that is played by a link. */
export type Sound = { readonly id: string; readonly url: string; /** Bytes. */ readonly size: number };

const speeds = ['1', '1.25', '1.5', '2'];

/** What plays, as the browser says it. */
function usePlayback({ url }: Sound) {
  const audio = useRef<HTMLAudioElement>(null);
  // A newer link does not stop what plays.
  const [source, setSource] = useState(url);
  const [state, setState] = useState({ isPlaying: false, time: 0, duration: 0 });
  const [isBroken, setBroken] = useState(false);
  const resume = useRef<{ readonly time: number; readonly plays: boolean } | null>(null);
  const read = (): void => {
    const { current } = audio;
    if (current === null) return;
    const { paused, currentTime, duration } = current;
    setState({ isPlaying: !paused, time: currentTime, duration: Number.isFinite(duration) ? duration : 0 });
  };
  const seek = (time: number): void => {
    if (audio.current === null) return;
    audio.current.currentTime = Math.min(Math.max(0, time), state.duration);
    read();
  };
  /** Goes on by the newest link: the one before may have expired. */
  const again = (): void => {
    resume.current = { time: state.time, plays: state.isPlaying };
    setBroken(false);
    if (source === url) audio.current?.load();
    setSource(url);
  };
  const toggle = (): void => {
    const { current } = audio;
    if (current === null) return;
    // A rejection is an error of the element, too.
    if (current.paused) void current.play().catch(() => undefined);
    else current.pause();
  };
  const handlers = {
    onPlay: read,
    onPause: read,
    onTimeUpdate: read,
    onDurationChange: read,
    onEnded: read,
    onLoadedMetadata: () => {
      const { current: before } = resume;
      resume.current = null;
      if (before !== null && audio.current !== null) {
        audio.current.currentTime = before.time;
        if (before.plays) toggle();
      }
      read();
    },
    onError: () => (source === url ? setBroken(true) : again()),
  };
  const setSpeed = (speed: number): void => {
    if (audio.current !== null) audio.current.playbackRate = speed;
  };
  return { audio, source, handlers, ...state, isBroken, seek, toggle, setSpeed, again };
}

type PlayerProps = {
  /** What is played, such as "Recording": names of the controls begin with it. */
  readonly label: string;
  readonly sound: Sound;
  /** Asks for a new link. */
  readonly onBroken: () => void;
  /** When it begins to play. */
  readonly onPlay?: () => void;
};

/** Plays a sound: its wave form, and controls that the keyboard reaches. */
export function Player({ label, sound, onBroken, onPlay }: PlayerProps) {
  const playback = usePlayback(sound);
  const { audio, source, handlers, time, duration, isBroken, seek, again } = playback;
  const move = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    seek(time + step * stepOf(duration));
  };
  const begin = (): void => {
    handlers.onPlay();
    onPlay?.();
  };
  return (
    <Stack gap={4} role="group" aria-label={label}>
      <audio ref={audio} src={source} preload="metadata" {...handlers} onPlay={begin} />
      {sound.size <= maxDrawn ? (
        <WaveForm
          id={sound.id}
          url={sound.url}
          played={duration === 0 ? 0 : time / duration}
          onSeek={(share) => seek(share * duration)}
        />
      ) : (
        <Text size="xs">{t('It is too large for a wave form.')}</Text>
      )}
      <input
        type="range"
        aria-label={t('{label}: position', { label })}
        aria-valuetext={t('{time} of {duration}', { time: clockText(time), duration: clockText(duration) })}
        min={0}
        max={duration}
        step={0.01}
        value={time}
        disabled={duration === 0}
        onKeyDown={move}
        onChange={({ target }) => seek(Number(target.value))}
        style={{ width: '100%', margin: 0, accentColor: 'var(--mantine-primary-color-filled)' }}
      />
      <Controls label={label} url={sound.url} playback={playback} />
      {isBroken && (
        <Group gap="xs" role="alert">
          <Text size="sm">{t('It cannot be played.')}</Text>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              onBroken();
              again();
            }}
          >
            {t('Try again')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

type ControlsProps = {
  readonly label: string;
  /** The link by which the sound is downloaded. */
  readonly url: string;
  readonly playback: Pick<ReturnType<typeof usePlayback>, 'isPlaying' | 'time' | 'duration' | 'toggle' | 'setSpeed'>;
};

function Controls({ label, url, playback: { isPlaying, time, duration, toggle, setSpeed } }: ControlsProps) {
  return (
    <Group gap="xs">
      <Button
        size="compact-sm"
        aria-label={isPlaying ? t('{label}: pause', { label }) : t('{label}: play', { label })}
        onClick={toggle}
      >
        {isPlaying ? t('Pause') : t('Play')}
      </Button>
      <Text size="sm">
        {clockText(time)} / {clockText(duration)}
      </Text>
      <NativeSelect
        size="xs"
        aria-label={t('{label}: speed', { label })}
        data={speeds.map((value) => ({ value, label: `${value}×` }))}
        onChange={({ target }) => setSpeed(Number(target.value))}
      />
      <Anchor size="sm" href={url} target="_blank" rel="noreferrer" aria-label={t('{label}: download', { label })}>
        {t('Download')}
      </Anchor>
    </Group>
  );
}
