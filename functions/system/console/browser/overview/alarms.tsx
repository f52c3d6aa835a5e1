import { Anchor, Card, Group, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { request, type ApiRequest } from '../kit/api.ts';
import { pageOf } from '../kit/pages.ts';
import { Problem } from '../kit/page.tsx';
import { shown, textOf } from '../kit/table.tsx';
import { WideTable } from '../kit/wide-table.tsx';

/** Milliseconds. */
const interval = 60_000;

/** The latest entries of the audit log that need attention. @param since instant */
export const alarmsRequest = (organization: string, since: string): ApiRequest => ({
  method: 'POST',
  path: `/eventlog/${organization}`,
  body: { severities: ['warning', 'error', 'critical'], date_from: since, per_page: 5 },
});

type AlarmsProps = { readonly organization: string; readonly since: string };

/** What needs attention: how much there is, and the latest. */
export function Alarms({ organization, since }: AlarmsProps) {
  const wanted = alarmsRequest(organization, since);
  const { data, error, isPending } = useQuery({
    queryKey: ['alarms', wanted.path, since],
    queryFn: () => request(wanted),
    refetchInterval: interval,
  });
  const { rows, total } = pageOf(data, ['data', 'results']);
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Alarms of the last 12 hours
        </Title>
        <Anchor renderRoot={(props) => <Link to="/p/$key" params={{ key: 'audit' }} {...props} />}>Audit log</Anchor>
      </Group>
      <Problem error={error} />
      {!isPending && error === null && rows.length === 0 && <Text>There are none.</Text>}
      {rows.length > 0 && (
        <>
          <WideTable minWidth={500}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>At</Table.Th>
                  <Table.Th>Severity</Table.Th>
                  <Table.Th>What happened</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <Table.Tr key={textOf(row['event_log_id'] ?? row['id'])}>
                    <Table.Td>{shown(row['created_at'])}</Table.Td>
                    <Table.Td>{shown(row['severity'])}</Table.Td>
                    <Table.Td>{textOf(row['description']) || shown(row['event_type'])}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
          {total !== null && total > rows.length && <Text size="sm">The latest of {total}.</Text>}
        </>
      )}
    </Card>
  );
}
