import { Button, Group, List, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { t } from '../texts/texts.ts';
import { Dialog } from './dialog.tsx';
import { Problem } from './page.tsx';

export type ConfirmationProps = {
  readonly title: string;
  /** What happens, in a sentence. */
  readonly children?: ReactNode;
  /** What goes with it, a sentence each, such as "3 numbers ring nothing after this". */
  readonly consequences?: readonly string[];
  /** Below the consequences: what they concern. */
  readonly details?: ReactNode;
  /** Must be typed before it can be done; absent: a click is enough. */
  readonly name?: string;
  /** Text of the button. */
  readonly action: string;
  readonly isSending: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
};

/** Asks before something is done that cannot be undone. */
export function Confirmation({
  title,
  children,
  consequences = [],
  details,
  name,
  action,
  ...rest
}: ConfirmationProps) {
  const { isSending, error, onConfirm, onClose } = rest;
  const [typed, setTyped] = useState('');
  return (
    <Dialog onClose={onClose} title={title}>
      {children}
      {consequences.length > 0 && (
        <List mt="sm" mb="md">
          {consequences.map((each) => (
            <List.Item key={each}>{each}</List.Item>
          ))}
        </List>
      )}
      {details}
      {name !== undefined && (
        <TextInput
          label={t('Type “{name}” to confirm', { name })}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          data-autofocus
        />
      )}
      <Problem error={error} />
      <Group mt="md">
        <Button
          color="red"
          loading={isSending}
          disabled={name !== undefined && typed.trim() !== name}
          onClick={onConfirm}
        >
          {action}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t('Cancel')}
        </Button>
      </Group>
    </Dialog>
  );
}
