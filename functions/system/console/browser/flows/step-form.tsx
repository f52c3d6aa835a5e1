import { Button, Group, Stack, Title } from '@mantine/core';
import { at, isObject, listIn, textIn } from '../../json-value.ts';
import { ApiForm } from '../kit/form.tsx';
import { fieldsOf, plain, type FormField, type FormValues } from '../kit/form-fields.ts';
import type { Operations, Schema } from '../kit/operations.ts';
import { exitFieldsOf, type Flow, type Step } from './flow-draft.ts';

/** The kinds of steps, by their name, as the contract describes them. */
export function variantsOf(body: Schema, operations: Operations): ReadonlyMap<string, Schema> {
  const inside = (schema: unknown, name: string): unknown => {
    const { properties } = plain(schema, operations.schemas);
    return isObject(properties) ? properties[name] : undefined;
  };
  const { additionalProperties } = plain(inside(body, 'steps'), operations.schemas);
  // The steps of today, and those that the API knows but does not carry out yet.
  const [today] = listIn(plain(additionalProperties, operations.schemas)['oneOf']);
  const found = listIn(plain(today, operations.schemas)['oneOf']).map((variant): [string, Schema] => {
    const schema = plain(variant, operations.schemas);
    const type = plain(inside(schema, 'type'), operations.schemas);
    return [textIn(type['const']), schema];
  });
  return new Map(found);
}

const textOfPrompt = (prompt: unknown): string => textIn(at(prompt, 'say'));

/** A prompt of one text is edited as a text. */
const isSpoken = (prompt: unknown): boolean => prompt === undefined || textOfPrompt(prompt) !== '';

const promptNames = new Set(['prompt', 'greeting', 'announce']);

const spokenIn = (field: FormField, step: Step): FormField =>
  promptNames.has(field.name) && isSpoken(step[field.name])
    ? { ...field, kind: 'text', maxLength: undefined, isSecret: false, help: `${field.help}, as a text that is spoken` }
    : field;

type StepFormProps = {
  readonly flow: Flow;
  readonly name: string;
  readonly variant: Schema;
  readonly operations: Operations;
  readonly isReadOnly: boolean;
  readonly onChange: (step: Step) => void;
  readonly onRemove: () => void;
  readonly onStart: () => void;
};

/** The fields of one step. */
export function StepForm(props: StepFormProps) {
  const { flow, name, variant, operations, isReadOnly, onChange, onRemove, onStart } = props;
  const step = flow.steps[name] ?? { type: '' };
  const exits = new Set(exitFieldsOf(variant));
  const choices = Object.keys(flow.steps);
  const fields = fieldsOf(variant, operations, undefined)
    .filter((field) => field.name !== 'type')
    .map((field): FormField => {
      if (exits.has(field.name)) return { ...field, kind: 'choice', choices };
      return spokenIn(field, step);
    });
  const spoken = fields.filter((field) => promptNames.has(field.name) && field.kind === 'text');
  const before: FormValues = {
    ...step,
    ...Object.fromEntries(spoken.map((field) => [field.name, textOfPrompt(step[field.name])])),
  };
  const apply = (body: object): void => {
    const texts = spoken.map((field) => field.name);
    const filled = Object.entries({ ...step, ...body }).filter(([, value]) => value !== null);
    const next = filled.map(([field, value]): [string, unknown] => {
      const prompt = step[field];
      const isText = texts.includes(field) && typeof value === 'string';
      return [field, isText ? { ...(isObject(prompt) ? prompt : {}), say: value } : value];
    });
    onChange(Object.fromEntries(next) as Step);
  };
  return (
    <Stack>
      <Title order={2} size="h4">
        Step {name}: {step.type}
      </Title>
      <ApiForm
        key={`${name} ${JSON.stringify(step)}`}
        fields={fields}
        before={before}
        error={null}
        isSending={false}
        isReadOnly={isReadOnly}
        submit="Apply"
        onSubmit={apply}
      />
      {!isReadOnly && (
        <Group>
          <Button variant="default" disabled={flow.start === name} onClick={onStart}>
            Let calls begin here
          </Button>
          <Button variant="default" disabled={choices.length === 1} onClick={onRemove}>
            Remove the step
          </Button>
        </Group>
      )}
    </Stack>
  );
}
