import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { IconEmpty } from './icons.ts';

type EmptyProps = {
  readonly icon?: typeof IconEmpty;
  /** What there is not, and what it is for. */
  readonly text: string;
  /** What makes the first one. */
  readonly action?: ReactNode;
};

/** In the place of a list that has nothing. */
export function Empty({ icon: Icon = IconEmpty, text, action }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" p="xl">
      <Icon size={40} stroke={1.2} aria-hidden color="var(--mantine-color-dimmed)" />
      <Text c="dimmed" ta="center" maw={420}>
        {text}
      </Text>
      {action}
    </Stack>
  );
}
