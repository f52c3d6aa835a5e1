import { Button, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { loadPart } from '../kit/connection.ts';
import { useDock } from './dock-state.tsx';

/** Where the phone is on every page. Its script is loaded, and its line made, when it is switched on. */

const PhonePanel = lazy(async () => ({ default: (await loadPart(() => import('./phone-panel.tsx'))).PhonePanel }));

/** Shows the phone, and hides it. A hidden phone rings. */
export function PhoneButton() {
  const { isAllowed: isShown, isOpen, isOn, setOpen } = useDock();
  if (!isShown) return null;
  return (
    <Button
      size="compact-sm"
      variant={isOn ? 'filled' : 'default'}
      aria-expanded={isOpen}
      onClick={() => setOpen(!isOpen)}
    >
      Phone
    </Button>
  );
}

export function DockedPhone() {
  const { isOn } = useDock();
  if (!isOn) return null;
  return (
    <Suspense fallback={<Text role="status">Loading …</Text>}>
      <PhonePanel />
    </Suspense>
  );
}
