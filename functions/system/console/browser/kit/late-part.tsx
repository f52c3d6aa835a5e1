import { Skeleton, Stack } from '@mantine/core';
import { Suspense, type ReactNode } from 'react';
import { t } from '../texts/texts.ts';

/** Until a part of a page is here. */
export function LoadingPart() {
  return (
    <Stack gap="md" role="status" aria-label={t('Loading')}>
      <Skeleton height={16} width={360} maw="100%" />
      <Skeleton height={240} />
    </Stack>
  );
}

/**
 * A part that is opened after its page is shown, such as a tab, and waits by itself for what it reads: else the whole
 * page would give way to its skeleton, and the focus would be lost.
 */
export const LatePart = ({ children }: { readonly children: ReactNode }) => (
  <Suspense fallback={<LoadingPart />}>{children}</Suspense>
);
