import { Group } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Shape } from './shapes.ts';

const keysOf = (left: number, top: number, rows: number) =>
  Array.from({ length: 3 * rows }, (_key, at) => (
    <circle key={at} cx={left + 4 * (at % 3)} cy={top + 3 * Math.floor(at / 3)} r={1} />
  ));

/** Each is drawn by the project, in 32 × 24 units: solid parts, and lit ones. */
const drawn: Readonly<Record<Shape, ReactNode>> = {
  desk: (
    <>
      <path d="M6 5h20a3 3 0 0 1 3 3l1 12H2l1-12a3 3 0 0 1 3-3Z" opacity={0.25} />
      <rect x={4} y={3} width={6} height={18} rx={3} />
      <rect x={13} y={7} width={13} height={4} rx={1} />
      {keysOf(15, 14, 2)}
    </>
  ),
  'large screen': (
    <>
      <path d="M6 3h20a3 3 0 0 1 3 3l1 15H2L3 6a3 3 0 0 1 3-3Z" opacity={0.25} />
      <rect x={4} y={2} width={6} height={19} rx={3} />
      <rect x={12} y={5} width={15} height={9} rx={1} />
      {keysOf(15, 17, 1)}
    </>
  ),
  cordless: (
    <>
      <path d="M3 17h26l1 4H2l1-4Z" opacity={0.25} />
      <rect x={11} y={1} width={10} height={19} rx={3} opacity={0.6} />
      <rect x={13} y={4} width={6} height={5} rx={1} />
      <circle cx={14} cy={12} r={1} />
      <circle cx={18} cy={12} r={1} />
      <circle cx={14} cy={15} r={1} />
      <circle cx={18} cy={15} r={1} />
    </>
  ),
  conference: (
    <>
      <path d="M16 2c3 5 6 8 13 15-2 4-6 5-13 5s-11-1-13-5C10 10 13 7 16 2Z" opacity={0.25} />
      <rect x={12} y={9} width={8} height={4} rx={1} />
      {keysOf(12, 16, 1)}
    </>
  ),
  adapter: (
    <>
      <rect x={3} y={8} width={26} height={11} rx={2} opacity={0.25} />
      <rect x={6} y={12} width={4} height={4} rx={1} />
      <rect x={12} y={12} width={4} height={4} rx={1} />
      <circle cx={21} cy={14} r={1} />
      <circle cx={25} cy={14} r={1} />
    </>
  ),
  program: (
    <>
      <rect x={5} y={3} width={22} height={14} rx={2} opacity={0.25} />
      <path d="M1 19h30l-2 3H3l-2-3Z" />
      <path d="M12 6c0 5 3 8 8 8v-3l-3-1-1 1c-1 0-2-1-2-2l1-1-1-3-2 1Z" />
    </>
  ),
};

type SilhouetteProps = { readonly shape: Shape; readonly width?: number };

/** What a phone looks like, beside its name. */
export const Silhouette = ({ shape, width = 24 }: SilhouetteProps) => (
  <svg viewBox="0 0 32 24" width={width} height={(width * 3) / 4} fill="currentColor" aria-hidden data-shape={shape}>
    {drawn[shape]}
  </svg>
);

/** A model with its silhouette before it. */
export const WithSilhouette = ({ shape, children }: { readonly shape: Shape; readonly children: ReactNode }) => (
  <Group gap="xs" wrap="nowrap">
    <Silhouette shape={shape} />
    <span>{children}</span>
  </Group>
);
