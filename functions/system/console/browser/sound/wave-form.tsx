import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { MouseEvent } from 'react';
import { t } from '../texts/texts.ts';
import { halfHeight, pathOf, waveOf, type Wave } from './wave.ts';

/** Bytes: what is larger is played without a wave form, for which all of it is loaded and decoded. */
export const maxDrawn = 16 * 1024 * 1024;

const parts = 400;
/** Of the decoded sound, a second: more is not seen. */
const sampleRate = 8_000;

/** @throws Error for a link that is not answered, or a sound that the browser cannot decode */
async function decodeWave(url: string, signal: AbortSignal): Promise<Wave> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`The sound is answered with ${response.status}`);
  const context = new OfflineAudioContext(2, 1, sampleRate);
  const sound = await context.decodeAudioData(await response.arrayBuffer());
  return waveOf(
    Array.from({ length: Math.min(2, sound.numberOfChannels) }, (_channel, at) => sound.getChannelData(at)),
    parts,
  );
}

type WaveFormProps = {
  /** Of the sound: its wave form is made once. */
  readonly id: string;
  readonly url: string;
  /** How much has been played, from 0 to 1. */
  readonly played: number;
  readonly onSeek: (share: number) => void;
};

const shape = { fill: 'none', strokeWidth: 0.8, vectorEffect: 'none' } as const;

/** The wave form of a sound. A click seeks; the slider below does the same by keyboard. */
export function WaveForm({ id, url, played, onSeek }: WaveFormProps) {
  const { data: wave, isError } = useQuery({
    queryKey: ['wave', id],
    queryFn: ({ signal }) => decodeWave(url, signal),
    staleTime: Infinity,
    retry: false,
  });
  if (isError) return <Text size="xs">{t('The wave form cannot be shown.')}</Text>;
  const count = wave?.[0]?.length ?? 0;
  const past = Math.round(played * count);
  const seek = ({ currentTarget, clientX }: MouseEvent<SVGSVGElement>): void => {
    const { left, width } = currentTarget.getBoundingClientRect();
    onSeek((clientX - left) / width);
  };
  return (
    <svg
      aria-hidden
      data-wave={count}
      viewBox={`0 0 ${Math.max(1, count)} ${2 * halfHeight}`}
      preserveAspectRatio="none"
      style={{ display: 'block', width: '100%', height: 64, cursor: 'pointer' }}
      onClick={seek}
    >
      {wave !== undefined && (
        <>
          <path {...shape} d={pathOf(wave, 0, past)} stroke="var(--mantine-primary-color-filled)" />
          <path {...shape} d={pathOf(wave, past, count)} stroke="var(--mantine-color-dimmed)" />
        </>
      )}
    </svg>
  );
}
