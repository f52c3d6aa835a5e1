import { Button, Card, Group, Stack, Title } from '@mantine/core';
import type { ReactNode, SubmitEvent } from 'react';

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

/** A form with its button, which who may only read does not have. */
export function FormFrame({ label, submit, isReadOnly, isSending = false, onSubmit, children }: FormFrameProps) {
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <form aria-label={label} onSubmit={send} noValidate>
      <fieldset disabled={isReadOnly} style={{ border: 0, padding: 0, margin: 0 }}>
        <Stack>
          {children}
          {!isReadOnly && submit !== undefined && (
            <Group>
              <Button type="submit" loading={isSending}>
                {submit}
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
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
