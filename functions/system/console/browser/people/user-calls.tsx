import { Anchor, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { dateTimeText, durationText } from '../kit/format.ts';
import { LoadingPart } from '../kit/late-part.tsx';
import { Problem } from '../kit/page.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { partyOf } from '../calls/names.ts';
import { usePeople } from '../calls/use-people.ts';
import type { Person } from '../resources/person.ts';

const shownCalls = 25;

const results: Readonly<Record<string, string>> = {
  completed: t('Answered'),
  busy: t('Busy'),
  'no-answer': t('No answer'),
  failed: t('Failed'),
  cancelled: t('Hung up before an answer'),
};

/** How a call ended, as a word. */
const resultText = (status: string): string => results[status] ?? status;

/** The last calls of a person. */
export function UserCalls({ person: { id } }: { readonly person: Person }) {
  const people = usePeople();
  const { data, error } = useQuery({
    queryKey: ['list', 'calls of', id],
    queryFn: async () => {
      const params = { path: { customerId: id }, query: { limit: shownCalls } };
      return (await api.GET('/Calls/customer/{customerId}/history', { params })).data?.calls ?? [];
    },
  });
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return <LoadingPart />;
  if (data.length === 0) return <Text>{t('No calls in the last 30 days.')}</Text>;
  return (
    <WideTable minWidth={560}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {[t('Time'), t('From'), t('To'), t('Result'), t('Length')].map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.map((call) => (
            <Table.Tr key={call.id}>
              <Table.Td>
                <Anchor
                  renderRoot={(props) => (
                    <Link to="/calls/$id" params={{ id: call.id }} search={{ at: call.start_time }} {...props} />
                  )}
                >
                  {dateTimeText(call.start_time)}
                </Anchor>
              </Table.Td>
              <Table.Td>{partyOf(call.source, people)}</Table.Td>
              <Table.Td>{partyOf(call.destination, people)}</Table.Td>
              <Table.Td>{resultText(call.status)}</Table.Td>
              <Table.Td>{durationText(call.duration)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}
