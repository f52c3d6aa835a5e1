import { Button, Group, Stack, Title } from '@mantine/core';
import { useState } from 'react';
import { FieldList } from '../kit/field-input.tsx';
import type { FieldProblem } from '../kit/field-problems.ts';
import { FormFrame } from '../kit/form-frame.tsx';
import { bodyOf, editableValues, type FormValues } from '../kit/form-fields.ts';
import type { Operations, Schema } from '../kit/operations.ts';
import type { Flow, Step } from './flow-draft.ts';
import { fieldsOfStep, stepOf, titleOfType, valuesOfStep } from './step-fields.ts';

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
  const steps = Object.keys(flow.steps);
  const fields = fieldsOfStep(variant, operations, steps);
  // What is filled in in part is no step yet, so that it is a state of its own.
  const [values, setValues] = useState(() => editableValues(fields, valuesOfStep(step, fields)));
  const [before] = useState(values);
  const change = (next: FormValues): void => {
    setValues(next);
    onChange(stepOf(step.type, bodyOf(fields, next, undefined)));
  };
  return (
    <Stack>
      <Title order={2} size="h4">
        Step {name}: {titleOfType(step.type)}
      </Title>
      <FormFrame label={`Step ${name}`} isReadOnly={isReadOnly}>
        <FieldList
          fields={fields}
          value={values}
          problems={problems.filter(({ path: [field = ''] }) => Object.is(values[field], before[field]))}
          onChange={change}
        />
      </FormFrame>
      {!isReadOnly && (
        <Group>
          <Button variant="default" disabled={flow.start === name} onClick={onStart}>
            Let calls begin here
          </Button>
          <Button variant="default" disabled={steps.length === 1} onClick={onRemove}>
            Remove the step
          </Button>
        </Group>
      )}
    </Stack>
  );
}
