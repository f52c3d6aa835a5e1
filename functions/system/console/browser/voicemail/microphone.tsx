import { Alert, Button, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { t } from '../texts/texts.ts';
import { startRecording, type Recording } from './sound-input.ts';

type MicrophoneProps = {
  /** What is recorded. */
  readonly name: string;
  /** The longest recording. */
  readonly seconds: number;
  readonly onTaken: (sound: Blob) => void;
};

/** Records what the person says, up to a time. */
export function Microphone({ name, seconds, onTaken }: MicrophoneProps) {
  const recording = useRef<Recording | null>(null);
  const [elapsed, setElapsed] = useState<number | null>(null);
  const [isDenied, setDenied] = useState(false);

  const stop = async (): Promise<void> => {
    const { current } = recording;
    recording.current = null;
    setElapsed(null);
    if (current !== null) onTaken(await current.stop());
  };
  const start = async (): Promise<void> => {
    setDenied(false);
    try {
      recording.current = await startRecording();
      setElapsed(0);
    } catch {
      setDenied(true);
    }
  };
  useEffect(() => {
    if (elapsed === null) return undefined;
    const next = setTimeout(() => (elapsed + 1 >= seconds ? void stop() : setElapsed(elapsed + 1)), 1_000);
    return () => clearTimeout(next);
  });
  // The page is left: the microphone is off.
  useEffect(() => () => void recording.current?.stop(), []);

  return (
    <>
      <Button
        variant="default"
        aria-label={elapsed === null ? t('{name}: record', { name }) : t('{name}: stop', { name })}
        onClick={() => void (elapsed === null ? start() : stop())}
      >
        {elapsed === null ? t('Record') : t('Stop')}
      </Button>
      {elapsed !== null && <Text role="timer">{t('{count} s of {seconds} s', { count: elapsed, seconds })}</Text>}
      {isDenied && (
        <Alert color="red">
          {t('The browser gives this page no microphone. Allow it beside the address of the page, and try again.')}
        </Alert>
      )}
    </>
  );
}
