import { Button, Card, Checkbox, Group, PasswordInput, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { api, request } from '../kit/api.ts';
import { dateTimeText } from '../kit/format.ts';
import { stillValidAfter } from '../account/still-valid.ts';
import { violationsOf } from '../kit/api-error.ts';
import { useFirstComplaint } from '../kit/form.tsx';
import { LoadingPart } from '../kit/late-part.tsx';
import { Problem } from '../kit/page.tsx';
import { showToast } from '../kit/toasts.tsx';
import type { ResourcePages } from '../resources/definitions.ts';
import { Sections } from '../resources/parts.tsx';
import type { Person } from '../resources/person.ts';

type SignInProps = { readonly of: ResourcePages; readonly person: Person };

function useAccess(id: string) {
  const queries = useQueryClient();
  const queryKey = ['client access', id];
  const path = { entity: id };
  const reading = useQuery({
    queryKey,
    queryFn: async () => (await api.GET('/clientaccess/{entity}', { params: { path } })).data?.data,
  });
  const change = useMutation({
    mutationFn: (security: object) =>
      request({ method: 'PUT', path: `/clientaccess/${encodeURIComponent(id)}`, body: { security } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return { ...reading, change };
}

/** "Can this person come in, how is the way in guarded, and when was it used?" */
export function UserSignIn({ of, person }: SignInProps) {
  const { data, error, change } = useAccess(person.id);
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return <LoadingPart />;
  const { audit, security, sessions } = data;
  return (
    <Stack maw={720}>
      <Problem error={change.error} />
      <Table>
        <Table.Tbody>
          <Fact name={t('Username')}>{person.username}</Fact>
          <Fact name={t('Last sign-in')}>{dateTimeText(audit.lastLogin)}</Fact>
          <Fact name={t('Password changed')}>{dateTimeText(security.passwordLastChanged)}</Fact>
          <Fact name={t('Second factor')}>
            {security.twoFactorEnabled ? t('On') : t('Off')}
            {security.twoFactorEnabled && (
              <Button
                size="compact-sm"
                variant="default"
                loading={change.isPending}
                onClick={() => change.mutate({ resetTwoFactor: true })}
              >
                {t('Remove the second factor')}
              </Button>
            )}
          </Fact>
          <Fact name={t('Signed in now')}>
            {t('{count, plural, =0 {not at all} one {in # place} other {in # places}}', {
              count: sessions.activeSessions,
            })}
          </Fact>
          <Fact name={t('Failed attempts')}>
            {String(audit.failedLoginAttempts)}
            {audit.failedLoginAttempts > 0 && (
              <Button size="compact-sm" variant="default" onClick={() => change.mutate({ unlock: true })}>
                {t('Allow the sign-in again')}
              </Button>
            )}
          </Fact>
        </Table.Tbody>
      </Table>
      {person.type === 'user' && <NewPasswordFor person={person} />}
      <Sections parts={of.parts ?? []} tag={of.tag} known={[person.id]} />
    </Stack>
  );
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <Table.Tr>
    <Table.Th scope="row">{name}</Table.Th>
    <Table.Td>
      <Group gap="sm">{children}</Group>
    </Table.Td>
  </Table.Tr>
);

/** Sets the password of someone else. */
function NewPasswordFor({ person }: { readonly person: Person }) {
  const queries = useQueryClient();
  const [password, setPassword] = useState('');
  const [mustChange, setMustChange] = useState(true);
  const change = useMutation({
    mutationFn: () =>
      api.POST('/users/{id}/password', {
        params: { path: { id: person.id } },
        body: { new_password: password, must_change: mustChange },
      }),
    onSuccess: async ({ data }) => {
      setPassword('');
      const isSet = t('The password is set. All sessions of {name} have ended.', { name: person.display_name });
      showToast({ message: [isSet, stillValidAfter(data?.data)].filter((text) => text !== null).join(' ') });
      await queries.invalidateQueries();
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  const form = useFirstComplaint(change.error, 0);
  const problem = violationsOf(change.error).find(({ path }) => path === 'new_password')?.message ?? null;
  return (
    <Card withBorder ref={form}>
      <Title order={2} size="h4" mb="sm">
        {t('Set a password')}
      </Title>
      <form onSubmit={send}>
        <Stack maw={400}>
          <Text size="sm">{t('Ends all sessions of the person, and a lock after failed attempts.')}</Text>
          <PasswordInput
            label={t('New password')}
            description={t('At least 12 characters')}
            autoComplete="new-password"
            required
            value={password}
            error={problem}
            onChange={({ target }) => setPassword(target.value)}
          />
          <Checkbox
            label={t('The person chooses another one when signing in')}
            checked={mustChange}
            onChange={({ target }) => setMustChange(target.checked)}
          />
          <Problem error={change.error} />
          <Group>
            <Button type="submit" variant="default" loading={change.isPending}>
              {t('Set the password')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
