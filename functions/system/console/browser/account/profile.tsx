import { Alert, Button, Card, Select, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { language, languages } from '../texts/language.ts';
import { api } from '../kit/api.ts';
import { agoText, dateTimeText } from '../kit/format.ts';
import { useLanguageChoice } from '../kit/own-language.ts';
import { useOwnUser } from '../kit/own-user.ts';
import { Page, Problem } from '../kit/page.tsx';
import { useAudience } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { roleText } from '../resources/person.ts';
import { NewPassword } from './new-password.tsx';
import { TwoFactor } from './two-factor.tsx';

const queryKey = ['sessions'];

/** With what one is signed in. */
const clients: Readonly<Record<string, string>> = { web: t('Browser'), mobile: t('Mobile'), api: t('Program') };

/** Where one is signed in; a session can be ended from any other. */
function Sessions() {
  const queries = useQueryClient();
  const { data, error } = useQuery({
    queryKey,
    queryFn: async () => (await api.GET('/auth/sessions')).data?.data ?? [],
  });
  const ending = useMutation({
    mutationFn: (id: string) => api.DELETE('/auth/sessions/{id}', { params: { path: { id } } }),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  return (
    <Card withBorder>
      <Title order={2} size="h4">
        {t('Where you are signed in')}
      </Title>
      <Problem error={error ?? ending.error} />
      <WideTable minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {[t('Program'), t('Address'), t('Since'), t('Last seen'), t('Actions')].map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(data ?? []).map((session) => (
              <Table.Tr key={session.id}>
                <Table.Td>{clients[session.client] ?? session.client}</Table.Td>
                <Table.Td>{session.ip}</Table.Td>
                <Table.Td>{dateTimeText(session.created_at)}</Table.Td>
                <Table.Td>{agoText(session.last_seen_at)}</Table.Td>
                <Table.Td>
                  {session.current ? (
                    t('this one')
                  ) : (
                    <Button size="compact-sm" variant="default" onClick={() => ending.mutate(session.id)}>
                      {t('End')}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
    </Card>
  );
}

/** Who one is here, and what one may do. */
function Self() {
  const { username, roles } = useSession();
  const user = useOwnUser();
  return (
    <Card withBorder component="section" aria-label={t('Profile')}>
      <Text fw={600}>{user?.name ?? username}</Text>
      <Text size="sm" c="dimmed">
        {[
          username,
          roleText(roles),
          ...(user?.extension ? [t('Extension {extension}', { extension: user.extension })] : []),
        ].join(' · ')}
      </Text>
    </Card>
  );
}

/** In which language the person reads the console. */
function LanguageChoice() {
  const choose = useLanguageChoice();
  return (
    <Select
      label={t('Language')}
      maw={280}
      allowDeselect={false}
      data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      value={language}
      onChange={(next) => next !== null && next !== language && choose(next)}
    />
  );
}

/** "Who am I here, how is my account guarded, and where am I signed in?" */
export function ProfilePage() {
  const session = useSession();
  /** After the change: what still works without the password; null: nothing. */
  const [changed, setChanged] = useState<{ readonly stillValid: string | null }>();
  return (
    <Page
      title={useAudience() === 'worker' ? t('Account') : t('My account')}
      requests={[{ method: 'GET', path: '/auth/session' }]}
    >
      <Stack>
        <Self />
        <Card withBorder maw={480}>
          <Title order={2} size="h4" mb="sm">
            {t('Password')}
          </Title>
          {changed === undefined ? (
            <NewPassword user={session.sub} onDone={(stillValid) => setChanged({ stillValid })} />
          ) : (
            <Alert color="green" role="status">
              {t('The password was changed.')} {changed.stillValid}
            </Alert>
          )}
        </Card>
        <Card withBorder maw={480}>
          <Title order={2} size="h4" mb="sm">
            {t('Second factor')}
          </Title>
          <TwoFactor user={session.sub} />
        </Card>
        <LanguageChoice />
        <Sessions />
      </Stack>
    </Page>
  );
}
