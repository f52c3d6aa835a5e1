import {
  Alert,
  Badge,
  Button,
  Checkbox,
  List,
  Mark,
  Modal,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { shown, VirtualTable, type Column } from '../kit/table.tsx';
import {
  changesOf,
  decidedCalls,
  differences,
  linesOf,
  outcomeOf,
  summaryOf,
  verdictAndReason,
  verdictOf,
  type Batch,
  type BatchRequest,
  type Call,
  type DecidedCall,
  type Decision,
  type TraceEntry,
} from './decisions.ts';

/** An answer with what was asked for. `calls` is empty if they were those of records. */
export type Decided = { readonly batch: Batch; readonly calls: readonly Call[]; readonly draft: object | null };

type CallRow = DecidedCall & { readonly id: string };

const columnsOf = (rows: readonly CallRow[], hasDraft: boolean, open: (row: CallRow) => void): readonly Column[] => {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const cell =
    (show: (row: CallRow) => React.ReactNode): NonNullable<Column['cell']> =>
    ({ id }) => {
      const row = byId.get(String(id));
      return row === undefined ? '' : show(row);
    };
  const before = { id: 'before', width: 260, cell: cell((row) => verdictAndReason(row.before)) };
  const after: Column = {
    ...{ id: 'after', header: 'With the draft', width: 260 },
    cell: cell((row) => (row.after === null ? 'the same' : verdictAndReason(row.after))),
  };
  return [
    { id: 'called', header: 'Called', cell: cell(({ call }) => call.called) },
    { id: 'caller', header: 'Caller', cell: cell(({ call }) => shown(call.caller)) },
    ...(rows.some(({ call }) => call.at !== undefined)
      ? [{ id: 'at', header: 'At', width: 180, cell: cell(({ call }) => shown(call.at)) }]
      : []),
    ...(hasDraft ? [{ ...before, header: 'Today' }, after] : [{ ...before, header: 'Decision' }]),
    {
      id: 'why',
      header: 'Details',
      width: 90,
      cell: cell((row) => (
        <Button size="compact-sm" variant="default" aria-label={`Why ${row.call.called}`} onClick={() => open(row)}>
          Why
        </Button>
      )),
    },
  ];
};

/** The calls that were decided, with what a draft changes for each. The focus moves to it. */
export function DecidedCalls({ of: { batch, calls, draft } }: { readonly of: Decided }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const [isChangedOnly, setChangedOnly] = useState(false);
  const [opened, setOpened] = useState<CallRow | null>(null);
  const all = useMemo(
    () => decidedCalls(batch, calls).map((call, at): CallRow => ({ ...call, id: String(at) })),
    [batch, calls],
  );
  const rows = isChangedOnly ? all.filter(({ after }) => after !== null) : all;
  const columns = useMemo(() => columnsOf(all, draft !== null, setOpened), [all, draft]);
  // Of records the API answers only those that change.
  const mayFilter = draft !== null && batch.results !== undefined;
  return (
    <Stack>
      <Title ref={heading} order={3} size="h5" tabIndex={-1}>
        Results
      </Title>
      <Alert role="status" color={(batch.changed?.length ?? 0) === 0 ? 'green' : 'yellow'}>
        {summaryOf(batch)}
      </Alert>
      {(batch.warnings ?? []).map((warning) => (
        <Alert key={warning} color="yellow">
          {warning}
        </Alert>
      ))}
      {mayFilter && (
        <Checkbox
          label="Only changed calls"
          checked={isChangedOnly}
          onChange={({ target }) => setChangedOnly(target.checked)}
        />
      )}
      {all.length > 0 && (
        <VirtualTable
          label="Decided calls"
          columns={columns}
          rows={rows}
          hasMore={false}
          isLoading={false}
          more={() => undefined}
          empty="The draft changes none of them."
        />
      )}
      <Modal
        opened={opened !== null}
        onClose={() => setOpened(null)}
        title={opened === null ? '' : `Decision of ${opened.call.called}`}
        size="xl"
      >
        {opened !== null && <Details of={opened} draft={draft} />}
      </Modal>
    </Stack>
  );
}

/** Both decisions of a call with the differences, and how the policies came to them. */
function Details({ of, draft }: { readonly of: DecidedCall; readonly draft: object | null }) {
  const { before, after } = of;
  const marks = new Set(after === null ? [] : differences(before, after));
  return (
    <Stack>
      {after !== null && <Text>Changes: {changesOf(of)}.</Text>}
      <SimpleGrid cols={{ base: 1, sm: after === null ? 1 : 2 }}>
        <Side
          title={draft === null || after !== null ? 'By the saved plan' : 'By both plans'}
          of={before}
          marks={marks}
        />
        {after !== null && <Side title="By the draft" of={after} marks={marks} />}
      </SimpleGrid>
      <Traces call={of.call} draft={draft} />
    </Stack>
  );
}

type SideProps = { readonly title: string; readonly of: Decision; readonly marks: ReadonlySet<string> };

function Side({ title, of, marks }: SideProps) {
  return (
    <section aria-label={title}>
      <Title order={3} size="h6" mb="xs">
        {title}{' '}
        <Badge color={of.allowed ? 'green' : 'red'} variant="light">
          {verdictOf(of)}
        </Badge>
      </Title>
      <Table layout="fixed">
        <Table.Tbody>
          {linesOf(of).map(([name, text]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w={100}>
                {name}
              </Table.Th>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{marks.has(name) ? <Mark>{text}</Mark> : text}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

async function traceOf(call: Call, draft: object | null): Promise<readonly TraceEntry[]> {
  const body = { calls: [call], explain: true, ...(draft === null ? {} : { draft }) } as BatchRequest;
  const { data } = await api.POST('/dialplan/evaluate/batch', { body });
  return data?.results?.[0]?.trace ?? [];
}

function Traces({ call, draft }: { readonly call: Call; readonly draft: object | null }) {
  const { data, error } = useQuery({
    queryKey: ['dial-plan trace', call, draft],
    queryFn: async () => Promise.all([traceOf(call, null), ...(draft === null ? [] : [traceOf(call, draft)])]),
  });
  const [saved, drafted] = data ?? [];
  return (
    <>
      <Problem error={error} />
      {saved !== undefined && <Trace title="Policies of the saved plan" of={saved} />}
      {drafted !== undefined && <Trace title="Policies with the draft" of={drafted} />}
    </>
  );
}

function Trace({ title, of }: { readonly title: string; readonly of: readonly TraceEntry[] }) {
  return (
    <section aria-label={title}>
      <Title order={3} size="h6" mb="xs">
        {title}
      </Title>
      {of.length === 0 && <Text>No policy matches: the template decides.</Text>}
      <List type="ordered">
        {of.map((entry) => (
          <List.Item key={entry.policy_id}>
            <b>{entry.name}</b> (priority {entry.priority}) {outcomeOf(entry)}.
          </List.Item>
        ))}
      </List>
    </section>
  );
}
