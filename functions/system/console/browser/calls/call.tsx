import { Code, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { at as valueAt } from '../../json-value.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { ApiError } from '../kit/api-error.ts';
import { pageOf } from '../kit/pages.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { cellOf, columnsOf, shown, textOf, type Row } from '../kit/table.tsx';
import { Values } from '../kit/values.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { Sections } from '../resources/parts.tsx';
import { chargeText, type Cdr } from './charge.ts';
import { callParts } from './parts.ts';
import { Ladder } from './ladder.tsx';
import { mayHear, Recording } from './recording.tsx';

const legColumns = columnsOf<Cdr>([
  { id: 'leg', header: 'Leg' },
  { id: 'direction', header: 'Direction' },
  { id: 'caller', header: 'Caller' },
  { id: 'callee', header: 'Called' },
  { id: 'start_time', header: 'Begin' },
  { id: 'duration', header: 'Seconds' },
  { id: 'disposition', header: 'Outcome' },
  { id: 'charge', header: 'Cost', cell: chargeText },
  { id: 'tariff', header: 'Price list', cell: ({ rating }) => shown(rating.tariff?.name) },
]);

/** The records of a call's legs. */
function Legs({ rows }: { readonly rows: readonly Row[] }) {
  if (rows.length === 0) return <Text>The call has no records yet.</Text>;
  return (
    <WideTable minWidth={720}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {legColumns.map(({ id, header }) => (
              <Table.Th key={id}>{header}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={String(row['id'])}>
              {legColumns.map((column) => (
                <Table.Td key={column.id}>{cellOf(column, row)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}

const day = 86_400_000;

/** The API looks for records in 92 days at most. @param at when a record of the call begins; undefined: lately */
function rangeAround(at: string | undefined): { readonly start: string; readonly end?: string } {
  const given = Date.parse(at ?? '');
  if (Number.isNaN(given)) return { start: new Date(Date.now() - 91 * day).toISOString() };
  return { start: new Date(given - day).toISOString(), end: new Date(given + day).toISOString() };
}

/** The state of a call that the platform carries or has carried; other switches send their records only. */
const useCall = (id: string, isSeen = true) =>
  useQuery({ queryKey: ['call', id], queryFn: () => request(stateOf(id)), enabled: isSeen });

function CallState({ id }: { readonly id: string }) {
  const { data, error } = useCall(id);
  if (error instanceof ApiError && error.status === 404)
    return <Text>The platform has only records of this call.</Text>;
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return null;
  return (
    <>
      <Values of={summaryOf(data)} />
      <details>
        <summary>As JSON</summary>
        <Code block tabIndex={0}>
          {JSON.stringify(data, null, 2)}
        </Code>
      </details>
    </>
  );
}

/** What a person looks for first. */
const summaryOf = (call: unknown): object => {
  const { status, direction, number, hangup, timestamps, handling, blocked_by: blocked } = Object(call) as Row;
  return { status, direction, number, hangup, timestamps, handling, blocked_by: blocked };
};

const stateOf = (id: string): ApiRequest => ({ method: 'GET', path: `/Calls/${encodeURIComponent(id)}` });

type RecordingsProps = { readonly call: unknown; readonly legs: readonly Row[] };

/** The recordings that a call or its records name. */
function Recordings({ call, legs }: RecordingsProps) {
  const named = [valueAt(call, 'recording_id'), ...legs.map((leg) => valueAt(leg, 'custom', 'recording_id'))];
  const ids = [...new Set(named.map(textOf).filter((id) => id !== ''))];
  if (ids.length === 0) return null;
  return (
    <section aria-label="Recording of the call">
      <Title order={2} size="h4">
        Recording
      </Title>
      {ids.map((id) => (
        <Recording key={id} id={id} />
      ))}
    </section>
  );
}

type CallPageProps = { readonly id: string; readonly at: string | undefined };

/** One call: a record for each of its legs, and what it is. */
export function CallPage({ id, at }: CallPageProps) {
  const session = useSession();
  const records: ApiRequest = { method: 'GET', path: '/cdr', query: { call_id: id, ...rangeAround(at) } };
  const isSeen = isAllowed(session, ['calls:read']);
  const areSeen = isAllowed(session, ['cdr:read']);
  const legs = useQuery({
    queryKey: ['legs', id, at],
    queryFn: async () => pageOf(await request(records), ['data']).rows,
    enabled: areSeen,
  });
  const call = useCall(id, isSeen);
  return (
    <Page title={`Call ${id}`} requests={[...(isSeen ? [stateOf(id)] : []), ...(areSeen ? [records] : [])]}>
      {areSeen && (
        <section aria-label="Records">
          <Title order={2} size="h4">
            Records
          </Title>
          <Problem error={legs.error} />
          <Legs rows={legs.data ?? []} />
        </section>
      )}
      {mayHear(session) && <Recordings call={call.data} legs={legs.data ?? []} />}
      {isSeen && (
        <section aria-label="Call">
          <Title order={2} size="h4">
            Call
          </Title>
          <CallState id={id} />
        </section>
      )}
      {isSeen && (
        <section aria-label="SIP messages of the call">
          <Title order={2} size="h4">
            SIP messages
          </Title>
          <Ladder id={id} />
        </section>
      )}
      {isAllowed(session, ['system:read']) && <Sections parts={callParts} tag="system" known={[`call/${id}`]} />}
    </Page>
  );
}
