import { Button, PasswordInput, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { stillValidAfter } from './still-valid.ts';

type NewPasswordProps = {
  readonly user: string;
  /** Of a session that may change the password only; absent: that of the person who is signed in. */
  readonly token?: string;
  /** The present password, which a link has brought; absent: the person types it. */
  readonly present?: string | undefined;
  /** @param stillValid what works without the password, as a text; null: nothing */
  readonly onDone: (stillValid: string | null) => void;
};

/** Changes one's own password, with the present one. */
export function NewPassword({ user, token, present: known, onDone }: NewPasswordProps) {
  const [typed, setTyped] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () =>
      api.POST('/users/{id}/password', {
        params: { path: { id: user } },
        body: { current_password: known ?? typed, new_password: next },
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      }),
    onSuccess: ({ data }) => onDone(stillValidAfter(data?.data)),
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack>
        {known === undefined && (
          <PasswordInput
            label={t('Present password')}
            autoComplete="current-password"
            required
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        )}
        <PasswordInput
          label={t('New password')}
          description={t('At least 12 characters')}
          autoComplete="new-password"
          required
          value={next}
          onChange={({ target }) => setNext(target.value)}
        />
        <Problem error={change.error} />
        <Button type="submit" loading={change.isPending}>
          {known === undefined ? t('Change the password') : t('Set the password and enter')}
        </Button>
      </Stack>
    </form>
  );
}
