import { Alert, Badge, Button, Checkbox, List, Mark, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { Dialog } from '../kit/dialog.tsx';
import { Problem } from '../kit/page.tsx';
import { shown } from '../kit/shown.ts';
import { VirtualTable, type Column } from '../kit/table.tsx';
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
    ...{ id: 'after', header: t('With the draft'), width: 260 },
    cell: cell((row) => (row.after === null ? t('the same') : verdictAndReason(row.after))),
  };
  return [
    { id: 'called', header: t('Called'), cell: cell(({ call }) => call.called) },
    { id: 'caller', header: t('Caller'), cell: cell(({ call }) => shown(call.caller)) },
    ...(rows.some(({ call }) => call.at !== undefined)
      ? [{ id: 'at', header: t('At'), width: 180, cell: cell(({ call }) => shown(call.at)) }]
      : []),
    ...(hasDraft ? [{ ...before, header: t('Today') }, after] : [{ ...before, header: t('Decision') }]),
    {
      id: 'why',
      header: t('Details'),
      width: 90,
      cell: cell((row) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={t('Why {number}', { number: row.call.called })}
          onClick={() => open(row)}
        >
          {t('Why')}
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
        {t('Results')}
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
          label={t('Only changed calls')}
          checked={isChangedOnly}
          onChange={({ target }) => setChangedOnly(target.checked)}
        />
      )}
      {all.length > 0 && (
        <VirtualTable
          label={t('Decided calls')}
          columns={columns}
          rows={rows}
          hasMore={false}
          isLoading={false}
          more={() => undefined}
          empty={t('The draft changes none of them.')}
        />
      )}
      {opened !== null && (
        <Dialog
          onClose={() => setOpened(null)}
          title={t('Decision of {number}', { number: opened.call.called })}
          size="xl"
        >
          <Details of={opened} draft={draft} />
        </Dialog>
      )}
    </Stack>
  );
}

/** Both decisions of a call with the differences, and how the policies came to them. */
function Details({ of, draft }: { readonly of: DecidedCall; readonly draft: object | null }) {
  const { before, after } = of;
  const marks = new Set(after === null ? [] : differences(before, after));
  return (
    <Stack>
      {after !== null && <Text>{t('Changes: {changes}.', { changes: changesOf(of) })}</Text>}
      <SimpleGrid cols={{ base: 1, sm: after === null ? 1 : 2 }}>
        <Side
          title={draft === null || after !== null ? t('By the saved plan') : t('By both plans')}
          of={before}
          marks={marks}
        />
        {after !== null && <Side title={t('By the draft')} of={after} marks={marks} />}
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
      {saved !== undefined && <Trace title={t('Policies of the saved plan')} of={saved} />}
      {drafted !== undefined && <Trace title={t('Policies with the draft')} of={drafted} />}
    </>
  );
}

function Trace({ title, of }: { readonly title: string; readonly of: readonly TraceEntry[] }) {
  return (
    <section aria-label={title}>
      <Title order={3} size="h6" mb="xs">
        {title}
      </Title>
      {of.length === 0 && <Text>{t('No policy matches: the template decides.')}</Text>}
      <List type="ordered">
        {of.map((entry) => (
          <List.Item key={entry.policy_id}>
            <b>{entry.name}</b> {t('(priority {priority})', { priority: entry.priority })} {outcomeOf(entry)}.
          </List.Item>
        ))}
      </List>
    </section>
  );
}
