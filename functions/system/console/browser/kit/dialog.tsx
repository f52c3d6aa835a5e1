import { Modal, type MantineSize } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { LatePart } from './late-part.tsx';

/** What opens a dialog by the element with the focus: the button of the menu for an item, which is gone afterwards. */
function openerOf(focused: Element | null): HTMLElement | null {
  const menu = focused?.closest('[role="menu"]') ?? null;
  const opener = menu === null ? focused : document.getElementById(menu.getAttribute('aria-labelledby') ?? '');
  return opener instanceof HTMLElement ? opener : null;
}

/** Gives the focus back, unless something else took it. The heading of the page has it if what had it is gone. */
function returnFocus(opener: HTMLElement | null): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  const there = opener?.isConnected === true ? opener : document.querySelector<HTMLElement>('main h1');
  there?.focus({ preventScroll: true });
}

type DialogProps = {
  readonly title: string;
  readonly size?: MantineSize;
  readonly children: ReactNode;
  readonly onClose: () => void;
};

/** A dialog, open for as long as it is rendered. The focus goes back to what opened it. */
export function Dialog({ title, size, children, onClose }: DialogProps) {
  const [opener] = useState(() => openerOf(document.activeElement));
  useEffect(() => () => returnFocus(opener), [opener]);
  return (
    <Modal opened onClose={onClose} title={title} {...(size === undefined ? {} : { size })}>
      <LatePart>{children}</LatePart>
    </Modal>
  );
}
