import { Button, Group, Select, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { t } from '../texts/texts.ts';
import { api, request } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import type { Person } from '../resources/person.ts';

const most = 500;

/** The groups of a person, and those that it may join. */
export function UserGroups({ person: { id, groups: own, display_name: name } }: { readonly person: Person }) {
  const canChange = isAllowed(useSession(), ['users:write']);
  const queries = useQueryClient();
  const { data: groups = [], error } = useQuery({
    queryKey: ['list', '/groups', 'all'],
    queryFn: async () => (await api.GET('/groups', { params: { query: { limit: most } } })).data?.data ?? [],
  });
  const change = useMutation({ mutationFn: request, onSuccess: () => queries.invalidateQueries() });
  const pathOfMembers = (group: string): string => `/groups/${encodeURIComponent(group)}/members`;
  const isOwn = (group: { readonly id: string }): boolean => own.includes(group.id);
  const nameOf = (group: (typeof groups)[number]): string => group.display_name || group.name;
  return (
    <Stack maw={640}>
      <Problem error={error ?? change.error} />
      {own.length === 0 && <Text>{t('{name} is in no group.', { name })}</Text>}
      <Table>
        <Table.Tbody>
          {groups.filter(isOwn).map((group) => (
            <Table.Tr key={group.id}>
              <Table.Td>{nameOf(group)}</Table.Td>
              <Table.Td ta="end">
                {canChange && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={t('Remove from {name}', { name: nameOf(group) })}
                    onClick={() =>
                      change.mutate({ method: 'DELETE', path: `${pathOfMembers(group.id)}/${encodeURIComponent(id)}` })
                    }
                  >
                    {t('Remove')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {canChange && (
        <Group>
          <Select
            key={own.length}
            label={t('Add to a group')}
            placeholder={t('Choose …')}
            searchable
            nothingFoundMessage={t('Nothing found')}
            data={groups.filter((group) => !isOwn(group)).map((group) => ({ value: group.id, label: nameOf(group) }))}
            onChange={(group) => {
              if (group !== null)
                change.mutate({ method: 'PUT', path: pathOfMembers(group), body: { user_ids: [id] } });
            }}
          />
        </Group>
      )}
    </Stack>
  );
}
