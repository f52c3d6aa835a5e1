import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { at, listIn, textIn } from '../../json-value.ts';
import { api } from '../kit/api.ts';
import { arrange } from '../kit/arrangement.ts';
import { FieldList } from '../kit/field-input.tsx';
import type { FieldProblem } from '../kit/field-problems.ts';
import { bodyOf, editableValues, type FormValues } from '../kit/form-fields.ts';
import { FormFrame } from '../kit/form-frame.tsx';
import type { Operations, Schema } from '../kit/operations.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { linkTimes } from '../sound/link-times.ts';
import { Player } from '../sound/player.tsx';
import { t } from '../texts/texts.ts';
import type { Flow, Step } from './flow-draft.ts';
import { fieldsOfStep, stepOf, valuesOfStep } from './step-fields.ts';
import { labelOfStep, stepForms } from './step-words.ts';

const promptFields = ['prompt', 'greeting', 'announce'];

/** The sounds that a step plays, each once, in their order. */
function soundsIn(step: Step): readonly string[] {
  const parts = promptFields.flatMap((name) => (Array.isArray(step[name]) ? listIn(step[name]) : [step[name]]));
  const files = [...parts.map((part) => textIn(at(part, 'file'))), textIn(step['music'])];
  return [...new Set(files.filter((id) => id !== ''))];
}

/** The sounds of a step, heard before it is published. Texts are said by the platform only. */
function PromptSounds({ step }: { readonly step: Step }) {
  const session = useSession();
  const sounds = soundsIn(step);
  if (sounds.length === 0 || !isAllowed(session, ['files:read'])) return null;
  return (
    <Stack gap="xs" component="section" aria-label={t('Listen')}>
      {sounds.map((id) => (
        <Sound key={id} id={id} />
      ))}
    </Stack>
  );
}

function Sound({ id }: { readonly id: string }) {
  const queries = useQueryClient();
  const queryKey = ['sound', id];
  const { data } = useQuery({
    queryKey,
    queryFn: async () => (await api.GET('/files/{id}', { params: { path: { id } } })).data?.data,
    ...linkTimes,
    retry: false,
  });
  if (data?.download === undefined) return null;
  return (
    <div>
      <Text size="sm">{data.name}</Text>
      <Player
        label={data.name}
        sound={{ id, url: data.download.url, size: data.size }}
        onBroken={() => void queries.invalidateQueries({ queryKey })}
      />
    </div>
  );
}

type StepFormProps = {
  readonly flow: Flow;
  readonly name: string;
  readonly variant: Schema;
  readonly operations: Operations;
  readonly isReadOnly: boolean;
  /** What the API rejects of the step, by the path within it. */
  readonly problems: readonly FieldProblem[];
  /** Called with each change. */
  readonly onChange: (step: Step) => void;
  readonly onRemove: () => void;
  readonly onStart: () => void;
};

/** The fields of one step. */
export function StepForm(props: StepFormProps) {
  const { flow, name, variant, operations, isReadOnly, problems, onChange, onRemove, onStart } = props;
  const step = flow.steps[name] ?? { type: '' };
  const choices = Object.keys(flow.steps);
  const labels = Object.fromEntries(choices.map((each) => [each, labelOfStep(flow, each)]));
  const fields = fieldsOfStep(variant, operations, { choices, labels });
  const { groups, advanced } = arrange(fields, stepForms[step.type]);
  // What is filled in in part is no step yet, so that it is a state of its own.
  const [values, setValues] = useState(() => editableValues(fields, valuesOfStep(step, fields)));
  const [before] = useState(values);
  const change = (next: FormValues): void => {
    setValues(next);
    onChange(stepOf(step.type, bodyOf(fields, next, undefined)));
  };
  const open = problems.filter(({ path: [field = ''] }) => Object.is(values[field], before[field]));
  const isWrong = open.some(({ path: [field = ''] }) => advanced.some((each) => each.name === field));
  const shared = { value: values, problems: open, onChange: change };
  return (
    <Stack>
      <Title order={2} size="h4">
        {labelOfStep(flow, name)}
      </Title>
      <FormFrame label={labelOfStep(flow, name)} isReadOnly={isReadOnly}>
        {groups.map(({ title, fields: shown }) => (
          <FieldList key={title} fields={shown} {...shared} />
        ))}
        {advanced.length > 0 && (
          <details {...(isWrong ? { open: true } : {})}>
            <summary>{t('Advanced')}</summary>
            <Stack mt="sm">
              <FieldList fields={advanced} {...shared} />
            </Stack>
          </details>
        )}
      </FormFrame>
      <PromptSounds step={step} />
      {!isReadOnly && (
        <Group gap="xs">
          <Button variant="default" size="compact-sm" disabled={flow.start === name} onClick={onStart}>
            {t('Let calls begin here')}
          </Button>
          <Button variant="default" size="compact-sm" disabled={choices.length === 1} onClick={onRemove}>
            {t('Remove the step')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
