import { Button } from '@mantine/core';
import { useDidUpdate } from '@mantine/hooks';
import { useRef } from 'react';
import { t } from '../texts/texts.ts';
import { useDock } from './dock-state.ts';

/** Shows the phone, and hides it. A hidden phone rings. */
export function PhoneButton() {
  const { isAllowed: isShown, isOpen, isOn, setOpen } = useDock();
  const button = useRef<HTMLButtonElement>(null);
  // The control that closed the phone is hidden with it.
  useDidUpdate(() => {
    if (!isOpen) button.current?.focus();
  }, [isOpen]);
  if (!isShown) return null;
  return (
    <Button
      ref={button}
      size="compact-sm"
      variant={isOn ? 'filled' : 'default'}
      aria-expanded={isOpen}
      onClick={() => setOpen(!isOpen)}
    >
      {t('Phone')}
    </Button>
  );
}

/** Where the phone is shown. It moves, with its calls, when the page is another one. */
export function DockedPhone() {
  const { setPlace } = useDock();
  return <div ref={setPlace} />;
}
