import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { showToast } from '../kit/toasts.tsx';
import { stillValidAfter } from './still-valid.ts';

/** A forgotten password: an e-mail with a link is asked for, and the link opens a form for the new password. */

export function ForgottenPassword() {
  const [username, setUsername] = useState('');
  const reset = useMutation({ mutationFn: () => api.POST('/auth/password/forgot', { body: { username } }) });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    reset.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label={t('Username')}
          autoComplete="username"
          required
          value={username}
          onChange={({ target }) => setUsername(target.value)}
        />
        <Problem error={reset.error} />
        {reset.isSuccess && <Text role="status">{t('If the user has an e-mail address, a link was sent to it.')}</Text>}
        <Button type="submit" loading={reset.isPending}>
          {t('Send a link')}
        </Button>
      </Stack>
    </form>
  );
}

type ResetPasswordProps = {
  /** Of the e-mail; good once, for 30 minutes, as that of an invitation for 7 days. */
  readonly token: string;
  /** @param known what signs the person in now, whose user name it may not know yet */
  readonly onDone: (known: { readonly username: string; readonly password: string }) => void;
};

export function ResetPassword({ token, onDone }: ResetPasswordProps) {
  const [password, setPassword] = useState('');
  const reset = useMutation({
    mutationFn: () => api.POST('/auth/password/reset', { body: { token, password } }),
    onSuccess: ({ data }) => {
      const stillValid = stillValidAfter(data?.data);
      if (stillValid !== null) showToast({ message: stillValid });
      onDone({ username: data?.data.username ?? '', password });
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    reset.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <PasswordInput
          label={t('New password')}
          description={t('At least 12 characters')}
          autoComplete="new-password"
          required
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
        <Problem error={reset.error} />
        <Button type="submit" loading={reset.isPending}>
          {t('Set the password and enter')}
        </Button>
      </Stack>
    </form>
  );
}
