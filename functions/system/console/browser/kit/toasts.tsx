import { Button, Group, Notification, Portal, Stack } from '@mantine/core';
import { useEffect, useSyncExternalStore } from 'react';
import { t } from '../texts/texts.ts';

/** What has just happened, for some seconds, in the corner of every page. */

export type Toast = {
  readonly message: string;
  /** Takes back what has happened, as long as the message is there. */
  readonly undo?: () => void;
};

type Shown = Toast & { readonly id: number };

/** Milliseconds for which a message is shown; one that can be undone waits for a decision. */
const shownFor = { message: 5_000, undo: 10_000 } as const;

let toasts: readonly Shown[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Shown[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Shows a message on every page. */
export function showToast(toast: Toast): void {
  lastId += 1;
  change([...toasts, { ...toast, id: lastId }]);
}

const close = (id: number): void => change(toasts.filter((toast) => toast.id !== id));

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

function ToastMessage({ id, message, undo }: Shown) {
  useEffect(() => {
    const timer = setTimeout(() => close(id), undo === undefined ? shownFor.message : shownFor.undo);
    return () => clearTimeout(timer);
  }, [id, undo]);
  return (
    <Notification onClose={() => close(id)} closeButtonProps={{ 'aria-label': t('Close') }} withBorder>
      <Group justify="space-between" wrap="nowrap">
        <span>{message}</span>
        {undo !== undefined && (
          <Button
            size="compact-sm"
            variant="light"
            flex="none"
            onClick={() => {
              close(id);
              undo();
            }}
          >
            {t('Undo')}
          </Button>
        )}
      </Group>
    </Notification>
  );
}

/** The messages; once in the frame of the pages. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <Portal>
      <Stack
        pos="fixed"
        bottom={16}
        right={16}
        w={340}
        maw="calc(100vw - 32px)"
        role="status"
        aria-label={t('Messages of the page')}
        style={{ zIndex: 400 }}
      >
        {shown.map((toast) => (
          <ToastMessage key={toast.id} {...toast} />
        ))}
      </Stack>
    </Portal>
  );
}
