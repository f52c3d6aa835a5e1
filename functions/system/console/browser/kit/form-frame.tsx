import { Button, Card, Group, Stack, Title } from '@mantine/core';
import type { ReactNode, SubmitEvent } from 'react';
import { ShowAs } from './read-only.tsx';

type FormFrameProps = {
  /** What screen readers call it. */
  readonly label?: string;
  /** Text of the button that sends it. Absent: what is typed has its effect at once. */
  readonly submit?: string;
  readonly isReadOnly: boolean;
  readonly isSending?: boolean;
  readonly onSubmit?: () => void;
  readonly children: ReactNode;
};

/** A form with its button. Who may only read sees the values. */
export function FormFrame({ label, submit, isReadOnly, isSending = false, onSubmit, children }: FormFrameProps) {
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    onSubmit?.();
  };
  if (isReadOnly)
    return (
      <ShowAs as="values">
        <Stack component="section" aria-label={label}>
          {children}
        </Stack>
      </ShowAs>
    );
  return (
    <form aria-label={label} onSubmit={send} noValidate>
      <Stack>
        {children}
        {submit !== undefined && (
          <Group>
            <Button type="submit" loading={isSending}>
              {submit}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

/** A part of a form that is arranged by hand. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      <Stack>{children}</Stack>
    </Card>
  );
}
