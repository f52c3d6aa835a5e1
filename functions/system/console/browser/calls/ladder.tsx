import { Button, Code, Group, Table, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { at, isObject, listIn, textIn } from '../../json-value.ts';
import { download, request, type ApiRequest } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { Problem } from '../kit/page.tsx';
import { shown, textOf, type Row } from '../kit/table.tsx';
import { WideTable } from '../kit/wide-table.tsx';

/** The SIP messages of a call, as a ladder: a column for each leg, and what it has sent and received. */

const requestFor = (id: string): ApiRequest => ({ method: 'GET', path: `/Calls/${encodeURIComponent(id)}/trace` });

/** Where a leg leads to. */
function nameOf(leg: Row): string {
  const peer = ['line', 'device_id', 'gateway_id', 'trunk_id'].map((name) => textOf(leg[name])).find((id) => id !== '');
  return `${shown(leg['kind'])} ${peer ?? ''}`.trim();
}

/** Milliseconds since the first message. */
const sinceFirst = (message: Row, first: Row | undefined): string => {
  const [time, begin] = [message, first].map((each) => Date.parse(textOf(each?.['time'])));
  return time === undefined || begin === undefined || Number.isNaN(time - begin) ? '' : `${time - begin} ms`;
};

function Message({ of: message }: { readonly of: Row }) {
  const arrow = message['direction'] === 'received' ? '→' : '←';
  return (
    <details>
      <summary>
        <span aria-hidden>{arrow} </span>
        {message['direction'] === 'received' ? 'sends' : 'gets'} {shown(message['title'])}
      </summary>
      <Text size="xs">
        {shown(message['transport'])}, {shown(message['local'])}, {shown(message['remote'])}
      </Text>
      <Code block tabIndex={0}>
        {textIn(message['text'])}
      </Code>
    </details>
  );
}

type LadderTableProps = { readonly legs: readonly Row[]; readonly messages: readonly Row[] };

function LadderTable({ legs, messages }: LadderTableProps) {
  return (
    <WideTable minWidth={160 + legs.length * 240}>
      <Table aria-label="SIP messages">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>After</Table.Th>
            {legs.map((leg) => (
              <Table.Th key={textOf(leg['number'])}>{nameOf(leg)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {messages.map((message, row) => (
            <Table.Tr key={row}>
              <Table.Td>{sinceFirst(message, messages[0])}</Table.Td>
              {legs.map((leg) => (
                <Table.Td key={textOf(leg['number'])}>
                  {leg['number'] === message['leg'] && <Message of={message} />}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}

const rowsIn = (answer: unknown, name: string): readonly Row[] => listIn(at(answer, name)).filter(isObject);

export function Ladder({ id }: { readonly id: string }) {
  const { data, error } = useQuery({ queryKey: ['trace', id], queryFn: () => request(requestFor(id)) });
  const saving = useMutation({
    mutationFn: () => download({ ...requestFor(id), query: { format: 'pcap' } }, `${id}.pcap`),
  });
  if (error instanceof ApiError && error.status === 404)
    return (
      <Text>No SIP messages of this call are stored: the setting sip_trace of the organization says of which.</Text>
    );
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return null;
  const dropped = at(data, 'dropped');
  return (
    <>
      <LadderTable legs={rowsIn(data, 'legs')} messages={rowsIn(data, 'messages')} />
      {typeof dropped === 'number' && dropped > 0 && <Text>{dropped} more messages were not stored.</Text>}
      <Group mt="sm">
        <Button variant="default" loading={saving.isPending} onClick={() => saving.mutate()}>
          Download for Wireshark
        </Button>
      </Group>
      <Problem error={saving.error} />
    </>
  );
}
