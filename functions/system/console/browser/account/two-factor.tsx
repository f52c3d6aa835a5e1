import { Alert, Button, Code, Image, List, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { at, textIn } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { CodeInput } from './code-input.tsx';

const bearer = (token: string | undefined) =>
  token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };

type Confirmed = {
  readonly recovery_codes: readonly string[];
  /** Token of a log-in that waited for the set-up. */
  readonly token?: string;
};

type SetUpProps = {
  /** Of a log-in that waits for the set-up; absent: that of the person who is signed in. */
  readonly token?: string;
  /** Called when the person has stored the recovery codes. @param token of the session that the log-in has become */
  readonly onDone: (token: string | undefined) => void;
};

/** The session that begins a set-up has it; one that was begun elsewhere is begun once more. */
async function beginSetUp(token: string | undefined) {
  const query = { restart: 'true', format: 'png' } as const;
  const { data } = await api.GET('/auth/twofactor/barcode', { params: { query }, ...bearer(token) });
  const content = at(data, 'data');
  return { image: textIn(at(content, 'barcode_url')), uri: textIn(at(content, 'provisioning_uri')) };
}

/** Sets a second factor up: a QR code for the authenticator, a code of it, recovery codes. */
export function TwoFactorSetUp({ token, onDone }: SetUpProps) {
  const [code, setCode] = useState('');
  const begun = useQuery({
    queryKey: ['second factor', token],
    queryFn: () => beginSetUp(token),
    staleTime: Infinity,
    gcTime: 0,
  });
  const confirmation = useMutation({
    mutationFn: async (): Promise<Confirmed> => {
      const { data } = await api.POST('/auth/twofactor', { body: { totp_code: code }, ...bearer(token) });
      if (data === undefined) throw new Error('The server answers nothing');
      return data.data;
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    confirmation.mutate();
  };
  if (confirmation.isSuccess)
    return <RecoveryCodes {...confirmation.data} onDone={() => onDone(confirmation.data.token)} />;
  return (
    <form onSubmit={send}>
      <Stack>
        <Problem error={begun.error} />
        {begun.data !== undefined && (
          <>
            <Text>{t('Scan this code with an authenticator app, then enter the six digits that it shows.')}</Text>
            <Image src={begun.data.image} alt={t('QR code for the authenticator app')} w={220} />
            <details>
              <summary>{t('Without a camera')}</summary>
              <Code block tabIndex={0}>
                {begun.data.uri}
              </Code>
            </details>
          </>
        )}
        <CodeInput value={code} onChange={setCode} />
        <Problem error={confirmation.error} />
        <Button type="submit" loading={confirmation.isPending}>
          {t('Switch the second factor on')}
        </Button>
      </Stack>
    </form>
  );
}

function RecoveryCodes({ recovery_codes: codes, onDone }: Confirmed & { readonly onDone: () => void }) {
  return (
    <Stack>
      <Alert color="yellow" role="status" title={t('Shown once: store these codes now')}>
        {t('Each lets you sign in once without your authenticator.')}
        <List mt="sm">
          {codes.map((code) => (
            <List.Item key={code}>
              <Code>{code}</Code>
            </List.Item>
          ))}
        </List>
      </Alert>
      <Button onClick={onDone}>{t('I have stored them')}</Button>
    </Stack>
  );
}

/** Switches the second factor off, with a code of it. */
function SwitchOff({ onDone }: { readonly onDone: () => void }) {
  const [code, setCode] = useState('');
  const ending = useMutation({
    mutationFn: () => api.DELETE('/auth/twofactor', { body: { totp_code: code } }),
    onSuccess: onDone,
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    ending.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <CodeInput value={code} onChange={setCode} />
        <Problem error={ending.error} />
        <Button type="submit" variant="default" loading={ending.isPending}>
          {t('Switch the second factor off')}
        </Button>
      </Stack>
    </form>
  );
}

/** The second factor of the person who is signed in. @param user its id */
export function TwoFactor({ user }: { readonly user: string }) {
  const queries = useQueryClient();
  const queryKey = ['own second factor', user];
  const [isSettingUp, setSettingUp] = useState(false);
  const { data, error } = useQuery({
    queryKey,
    queryFn: async () => (await api.GET('/users/{id}', { params: { path: { id: 'me' } } })).data?.data,
  });
  const done = (): void => {
    setSettingUp(false);
    void queries.invalidateQueries({ queryKey });
  };
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return null;
  if (data.two_factor_enabled) return <SwitchOff onDone={done} />;
  if (isSettingUp) return <TwoFactorSetUp onDone={done} />;
  return (
    <Stack>
      <Text>{t('You sign in with your password only.')}</Text>
      <Button variant="default" onClick={() => setSettingUp(true)}>
        {t('Set a second factor up')}
      </Button>
    </Stack>
  );
}
