import { Button, Stack, Table, TagsInput, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { at, isObject, listIn } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { shown } from '../kit/table.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { bodyOf, type Flow } from './flow-draft.ts';

const outcomes = ['answered', 'ended', 'busy', 'no_answer', 'unreachable', 'denied'];

/** What a person types for what happens: digits, `timeout`, `hang up`, or how a call to others ends. */
const eventOf = (text: string): object => {
  if (text === 'timeout') return { timeout: true };
  if (text === 'hang up') return { hang_up: true };
  return outcomes.includes(text) ? { dial: text } : { digits: text };
};

/** Walks through the draft; nothing is called or charged. @param id of the saved flow, or `new` */
export function Simulation({ flow, id }: { readonly flow: Flow; readonly id: string }) {
  const [happens, setHappens] = useState<string[]>([]);
  const walk = useMutation({
    mutationFn: async () => {
      const body = { flow: bodyOf(flow), events: happens.map(eventOf) };
      return request({ method: 'POST', path: `/callflows/${encodeURIComponent(id)}/simulate`, body });
    },
  });
  const steps = listIn(at(walk.data, 'data', 'steps')).filter(isObject);
  const waitsFor = at(walk.data, 'data', 'waits_for');
  return (
    <Stack>
      <TagsInput
        label="What happens"
        description="Digits that the caller types, timeout, hang up, or how a call to others ends, in order"
        data={['timeout', 'hang up', ...outcomes]}
        allowDuplicates
        value={happens}
        onChange={setHappens}
      />
      <Button variant="default" loading={walk.isPending} onClick={() => walk.mutate()}>
        Simulate
      </Button>
      <Problem error={walk.error} />
      {steps.length > 0 && (
        <WideTable minWidth={480}>
          <Table aria-label="Steps of the walk">
            <Table.Thead>
              <Table.Tr>
                {['Step', 'Plays', 'Digits', 'Leaves by', 'To'].map((title) => (
                  <Table.Th key={title}>{title}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {steps.map((step, row) => (
                <Table.Tr key={row}>
                  {['step', 'played', 'digits', 'exit', 'to'].map((name) => (
                    <Table.Td key={name}>{shown(step[name])}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      )}
      {walk.isSuccess && (
        <Text role="status">
          {typeof waitsFor === 'string' ? `The flow waits for: ${waitsFor}.` : 'The call has ended.'}
        </Text>
      )}
    </Stack>
  );
}
