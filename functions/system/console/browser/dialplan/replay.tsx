import { Alert, Button, Group, Select, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { at, isObject, listIn } from '../../json-value.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { countOf } from '../kit/count.ts';
import { Problem } from '../kit/page.tsx';
import { shown, textOf, VirtualTable, type Column, type Row } from '../kit/table.tsx';

/** What a draft of the plan would change: it is replayed over calls that were made. */

const day = 86_400_000;

type ReplayProps = {
  /** As `draft` of `POST /dialplan/evaluate/batch`; null: it cannot be sent as it is. */
  readonly draft: object | null;
};

const outcomeOf = (decision: unknown): string =>
  `${at(decision, 'allowed') === true ? 'allowed' : 'denied'}, ${textOf(at(decision, 'reason'))}`;

const columns: readonly Column[] = [
  { id: 'called', header: 'Called', cell: ({ call }) => shown(at(call, 'called')) },
  { id: 'caller', header: 'Caller', cell: ({ call }) => shown(at(call, 'caller')) },
  { id: 'at', header: 'At', width: 200, cell: ({ call }) => shown(at(call, 'at')) },
  { id: 'before', header: 'Today', width: 200, cell: ({ before }) => outcomeOf(before) },
  { id: 'after', header: 'With the draft', width: 200, cell: ({ after }) => outcomeOf(after) },
];

type Replayed = { readonly evaluated: number; readonly changed: readonly Row[] };

async function replay(draft: object, days: number): Promise<Replayed> {
  const now = Date.now();
  const cdrs = { start: new Date(now - days * day).toISOString(), end: new Date(now).toISOString() };
  const wanted: ApiRequest = { method: 'POST', path: '/dialplan/evaluate/batch', body: { cdrs, draft } };
  const answer = await request(wanted);
  const evaluated = at(answer, 'summary', 'evaluated');
  return {
    evaluated: typeof evaluated === 'number' ? evaluated : 0,
    changed: listIn(at(answer, 'changed')).filter(isObject),
  };
}

const periods = [
  { value: '1', label: 'the last day' },
  { value: '7', label: 'the last 7 days' },
  { value: '30', label: 'the last 30 days' },
];

const saidOf = ({ evaluated, changed }: Replayed): string => {
  if (evaluated === 0) return 'There were no outbound calls in that time.';
  return `${countOf(evaluated, 'call')}: ${changed.length === 0 ? 'none' : changed.length} would be decided differently.`;
};

/** Tries a draft over the calls of the past, before it is saved. */
export function Replay({ draft }: ReplayProps) {
  const [days, setDays] = useState('7');
  const replaying = useMutation({ mutationFn: (wanted: object) => replay(wanted, Number(days)) });
  const { data } = replaying;
  return (
    <Stack>
      <Group align="end">
        <Select
          label="Try the draft over the calls of"
          data={periods}
          allowDeselect={false}
          value={days}
          onChange={(next) => setDays(next ?? '7')}
        />
        <Button
          variant="default"
          disabled={draft === null}
          loading={replaying.isPending}
          onClick={() => draft !== null && replaying.mutate(draft)}
        >
          Try it
        </Button>
      </Group>
      <Problem error={replaying.error} />
      {data !== undefined && (
        <Alert role="status" color={data.changed.length === 0 ? 'green' : 'yellow'}>
          <Text>{saidOf(data)}</Text>
        </Alert>
      )}
      {data !== undefined && data.changed.length > 0 && (
        <VirtualTable
          label="Calls that the draft decides differently"
          columns={columns}
          rows={data.changed}
          hasMore={false}
          isLoading={false}
          more={() => undefined}
          empty=""
        />
      )}
    </Stack>
  );
}
