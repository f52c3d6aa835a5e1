import { Button, NumberInput, Radio, Select, SimpleGrid, Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { violationsOf } from '../kit/api-error.ts';
import { Problem } from '../kit/page.tsx';
import type { BatchRequest } from './decisions.ts';
import { DecidedCalls, type Decided } from './decided-calls.tsx';
import {
  draftProblem,
  isAsked,
  newCallsForm,
  problemsOf,
  readCalls,
  type AskedCalls,
  type CallsForm,
  type Problems,
} from './simulated-calls.ts';

/** What the plan, or a draft of it, decides for calls that were made, or numbers. Nothing is called or counted. */

type SimulationProps = {
  /** As `draft` of `POST /dialplan/evaluate/batch`; null: the saved plan decides; undefined: it cannot be sent. */
  readonly draft: object | null | undefined;
  /** Called with what the API says of the draft; null: nothing. */
  readonly onDraftProblem?: (problem: string | null) => void;
};

type Asked = { readonly asked: AskedCalls; readonly draft: object | null };

async function decide({ asked, draft }: Asked): Promise<Decided> {
  const { cdrs, calls = [] } = asked;
  // The person has typed the draft: the API says what it is not.
  const body = { ...(cdrs === undefined ? { calls } : { cdrs }), ...(draft === null ? {} : { draft }) } as BatchRequest;
  const { data } = await api.POST('/dialplan/evaluate/batch', { body });
  if (data === undefined) throw new Error('The answer is empty.');
  return { batch: data, calls, draft };
}

export function Simulation({ draft, onDraftProblem }: SimulationProps) {
  const [form, setForm] = useState(newCallsForm);
  const [problems, setProblems] = useState<Problems>({});
  const change = (part: Partial<CallsForm>): void => {
    setForm((all) => ({ ...all, ...part }));
    setProblems({});
  };
  const deciding = useMutation({
    mutationFn: decide,
    onSuccess: () => onDraftProblem?.(null),
    onError: (error, { asked }) => {
      setProblems(problemsOf(violationsOf(error), asked.lines));
      onDraftProblem?.(draftProblem(violationsOf(error)));
    },
  });
  const send = (): void => {
    const read = readCalls(form, Date.now());
    setProblems(isAsked(read) ? {} : read);
    if (isAsked(read) && draft !== undefined) deciding.mutate({ asked: read, draft });
  };
  return (
    <Stack>
      <Radio.Group
        label={t('Calls to decide')}
        value={form.source}
        onChange={(source) => change({ source: source === 'numbers' ? 'numbers' : 'records' })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="records" label={t('Outbound calls that were made')} />
          <Radio value="numbers" label={t('Numbers')} />
        </Stack>
      </Radio.Group>
      {form.source === 'records' ? (
        <Period form={form} problems={problems} onChange={change} />
      ) : (
        <Numbers form={form} problems={problems} onChange={change} />
      )}
      <Button style={{ alignSelf: 'start' }} disabled={draft === undefined} loading={deciding.isPending} onClick={send}>
        {t('Decide the calls')}
      </Button>
      <Problem error={deciding.error} />
      {deciding.isSuccess && <DecidedCalls key={deciding.submittedAt} of={deciding.data} />}
    </Stack>
  );
}

type FieldsProps = {
  readonly form: CallsForm;
  readonly problems: Problems;
  readonly onChange: (part: Partial<CallsForm>) => void;
};

const periods = [
  { value: '1', label: t('the last day') },
  { value: '7', label: t('the last 7 days') },
  { value: '30', label: t('the last 30 days') },
  { value: 'between', label: t('between two times') },
] as const;

function Period({ form, problems, onChange }: FieldsProps) {
  const isOpen = form.period === 'between';
  const time = (name: 'start' | 'end', label: string) => (
    <TextInput
      type="datetime-local"
      label={label}
      description={t('Local time of this device')}
      required
      value={form[name]}
      error={problems[name]}
      onChange={({ target }) => onChange({ [name]: target.value })}
    />
  );
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Select
        label={t('Period')}
        description={t('Newest calls first')}
        data={[...periods]}
        allowDeselect={false}
        value={form.period}
        onChange={(next) => onChange({ period: periods.find(({ value }) => value === next)?.value ?? '7' })}
      />
      <NumberInput
        label={t('Maximum')}
        description={t('Number of calls, up to 10,000')}
        min={1}
        max={10_000}
        value={form.limit}
        error={problems.limit}
        onChange={(limit) => onChange({ limit })}
      />
      {isOpen && time('start', t('From'))}
      {isOpen && time('end', t('Until'))}
    </SimpleGrid>
  );
}

function Numbers({ form, problems, onChange }: FieldsProps) {
  return (
    <>
      <Textarea
        label={t('Numbers to call')}
        description={t(
          'One per line, up to 1,000. The caller’s number may follow after a comma: 18005550100, +14155550100',
        )}
        autosize
        minRows={4}
        maxRows={12}
        required
        value={form.numbers}
        error={problems.numbers}
        onChange={({ target }) => onChange({ numbers: target.value })}
      />
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <TextInput
          label={t('Caller')}
          description={t('For lines without one; empty: withheld')}
          value={form.caller}
          error={problems.caller}
          onChange={({ target }) => onChange({ caller: target.value })}
        />
        <TagsInput
          label={t('Groups of the caller')}
          description={t('Names or ids')}
          value={[...form.groups]}
          error={problems.groups}
          onChange={(groups) => onChange({ groups })}
        />
        <TextInput
          type="datetime-local"
          label={t('Time of the calls')}
          description={t('Local time of this device; empty: now')}
          value={form.at}
          error={problems.at}
          onChange={({ target }) => onChange({ at: target.value })}
        />
      </SimpleGrid>
    </>
  );
}
