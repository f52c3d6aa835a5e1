import { Button, Code, Group, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { at, isObject, listIn, textIn } from '../../json-value.ts';
import { ApiError } from '../kit/api-error.ts';
import { api, download, request, type ApiRequest } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useOrganization } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';
import { shown, textOf, type Row } from '../kit/shown.ts';
import { WideTable } from '../kit/wide-table.tsx';
import { t } from '../texts/texts.ts';

/** The SIP messages of a call, as a ladder: a column for each leg, and what it has sent and received. */

const choices = [
  { value: 'off', label: t('None') },
  { value: 'failed', label: t('Failed calls') },
  { value: 'all', label: t('All calls') },
] as const;

type Traced = (typeof choices)[number]['value'];

const isTraced = (value: string): value is Traced => choices.some((choice) => choice.value === value);

/** Of which calls SIP messages are stored from now on. Nothing for whom may not see the settings. */
function TraceSwitch() {
  const session = useSession();
  const queries = useQueryClient();
  const id = useOrganization()?.id ?? '';
  const queryKey = ['stored traces', id];
  const params = { path: { id } };
  const { data } = useQuery({
    queryKey,
    queryFn: async () => (await api.GET('/orgs/{id}', { params })).data?.data.settings.sip_trace ?? 'off',
    enabled: id !== '' && isAllowed(session, ['orgs:read']),
  });
  const save = useMutation({
    mutationFn: (next: Traced) => api.POST('/orgs/{id}', { params, body: { settings: { sip_trace: next } } }),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  if (data === undefined) return null;
  return (
    <Stack gap={4} align="start">
      <Text size="sm" id="stored-traces">
        {t('Store the SIP messages of the next calls, for three days')}
      </Text>
      {isAllowed(session, ['orgs:write']) ? (
        <SegmentedControl
          aria-labelledby="stored-traces"
          data={[...choices]}
          value={save.isPending ? save.variables : data}
          onChange={(next) => {
            if (isTraced(next)) save.mutate(next);
          }}
        />
      ) : (
        <Text>{choices.find(({ value }) => value === data)?.label}</Text>
      )}
      <Problem error={save.error} />
    </Stack>
  );
}

const requestFor = (id: string): ApiRequest => ({ method: 'GET', path: `/Calls/${encodeURIComponent(id)}/trace` });

/** The name of the other end of a leg. */
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
        {message['direction'] === 'received' ? t('sends') : t('gets')} {shown(message['title'])}
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
      <Table aria-label={t('SIP messages')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('After')}</Table.Th>
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
      <Stack gap="sm">
        <Text>{t('No SIP messages of this call are stored.')}</Text>
        <TraceSwitch />
      </Stack>
    );
  if (error !== null) return <Problem error={error} />;
  if (data === undefined) return null;
  const dropped = at(data, 'dropped');
  return (
    <>
      <LadderTable legs={rowsIn(data, 'legs')} messages={rowsIn(data, 'messages')} />
      {typeof dropped === 'number' && dropped > 0 && (
        <Text>{t('{count} more messages were not stored.', { count: dropped })}</Text>
      )}
      <Group mt="sm">
        <Button variant="default" loading={saving.isPending} onClick={() => saving.mutate()}>
          {t('Download for Wireshark')}
        </Button>
      </Group>
      <Problem error={saving.error} />
      <TraceSwitch />
    </>
  );
}
