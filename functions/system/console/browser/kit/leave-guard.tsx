import { Button, Group, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { t } from '../texts/texts.ts';
import { Dialog } from './dialog.tsx';

/** Guards with unsaved changes. A page may have several forms, of which the first one asks for all. */
const changed = new Set<object>();

/** Whether a guard is the one that asks, at the time of the call. */
function useIsAsking(isChanged: boolean): () => boolean {
  const [self] = useState(() => ({}));
  useEffect(() => {
    if (!isChanged) return undefined;
    changed.add(self);
    return () => void changed.delete(self);
  }, [self, isChanged]);
  return () => changed.values().next().value === self;
}

/** Asks once before a page with unsaved changes is left, also by a reload or by closing the tab. */
export function LeaveGuard({ isChanged }: { readonly isChanged: boolean }) {
  const isAsking = useIsAsking(isChanged);
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: isAsking,
    enableBeforeUnload: isChanged,
    withResolver: true,
  });
  if (status !== 'blocked') return null;
  return (
    <Dialog onClose={reset} title={t('Leave without saving?')}>
      <Text mb="md">{t('Your changes on this page are lost.')}</Text>
      <Group>
        <Button color="red" onClick={() => proceed()}>
          {t('Leave')}
        </Button>
        <Button variant="default" data-autofocus onClick={() => reset()}>
          {t('Stay')}
        </Button>
      </Group>
    </Dialog>
  );
}
