import { Alert, Button, Card, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../kit/api.ts';
import { Page, Problem } from '../kit/page.tsx';
import { useSession } from '../kit/session.tsx';
import { shown } from '../kit/table.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { NewPassword } from './new-password.tsx';
import { TwoFactor } from './two-factor.tsx';

const queryKey = ['sessions'];

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
        Sessions
      </Title>
      <Problem error={error ?? ending.error} />
      <WideTable minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {['Client', 'Address', 'Begun', 'Last seen', 'Action'].map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(data ?? []).map((session) => (
              <Table.Tr key={session.id}>
                <Table.Td>{session.client}</Table.Td>
                <Table.Td>{session.ip}</Table.Td>
                <Table.Td>{shown(session.created_at)}</Table.Td>
                <Table.Td>{shown(session.last_seen_at)}</Table.Td>
                <Table.Td>
                  {session.current ? (
                    'this one'
                  ) : (
                    <Button size="compact-sm" variant="default" onClick={() => ending.mutate(session.id)}>
                      End
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

/** The person's own account. */
export function ProfilePage() {
  const session = useSession();
  const [isChanged, setChanged] = useState(false);
  return (
    <Page title="My account" requests={[{ method: 'GET', path: '/auth/session' }]}>
      <Stack>
        <Card withBorder>
          <Text>
            {session.username} of {session.org_id}
          </Text>
          <Text>Roles: {shown(session.roles)}</Text>
        </Card>
        <Card withBorder maw={480}>
          <Title order={2} size="h4" mb="sm">
            Password
          </Title>
          {isChanged ? (
            <Alert color="green" role="status">
              The password was changed.
            </Alert>
          ) : (
            <NewPassword user={session.sub} onDone={() => setChanged(true)} />
          )}
        </Card>
        <Card withBorder maw={480}>
          <Title order={2} size="h4" mb="sm">
            Second factor
          </Title>
          <TwoFactor user={session.sub} />
        </Card>
        <Sessions />
      </Stack>
    </Page>
  );
}
