import {
  Checkbox,
  JsonInput,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { at, textIn } from '../../json-value.ts';
import { FormFrame } from './form-frame.tsx';
import { textOf } from './table.tsx';
import { TargetInput, TargetList } from './target-input.tsx';
import { TargetPicker, TargetsPicker } from './target-picker.tsx';
import { labelOfKind, type Target } from './targets.ts';
import { bodyOf, editableOf, problemOf, type FormField, type FormValues } from './form-fields.ts';

type TargetField = Extract<FormField, { readonly kind: 'target' }>;

type FieldProps = {
  readonly field: FormField;
  readonly value: unknown;
  readonly error: string | null;
  readonly onChange: (value: unknown) => void;
};

const placeholderOf = ({ example }: FormField): string =>
  typeof example === 'string' || typeof example === 'number' ? String(example) : '';

const limitsOf = ({ min, max }: { readonly min: number | undefined; readonly max: number | undefined }) => ({
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});

type CommonProps = {
  readonly label: string;
  readonly description: string;
  readonly required: boolean;
  readonly error: string | null;
  readonly placeholder: string;
};

type TextFieldProps = { readonly common: CommonProps; readonly isSecret: boolean } & Pick<
  FieldProps,
  'value' | 'onChange'
>;

function TextField({ common, isSecret, value, onChange }: TextFieldProps) {
  const props = { ...common, value: textOf(value), onChange: (event: Typed) => onChange(event.target.value) };
  return isSecret ? <PasswordInput {...props} autoComplete="new-password" /> : <TextInput {...props} />;
}

type Typed = { readonly target: { readonly value: string } };

const kindsOf = (choices: readonly string[]) => choices.map((kind) => ({ value: kind, label: labelOfKind(kind) }));

const noTarget = { value: 'none', label: 'none' };

function RouteInput({ field, value, error, onChange }: FieldProps & { readonly field: TargetField }) {
  const target = { kind: textIn(at(value, 'type')) || noTarget.value, to: textIn(at(value, 'id')) };
  return (
    <TargetInput
      label={field.label}
      description={field.help}
      kinds={[noTarget, ...kindsOf(field.choices)]}
      target={target}
      error={error}
      onChange={({ kind, to }) => onChange(kind === noTarget.value ? '' : { type: kind, id: to.trim() })}
    />
  );
}

type ListField = Extract<FormField, { readonly kind: 'texts' | 'references' | 'targets' }>;
type ListInputProps = Pick<FieldProps, 'value' | 'onChange'> & {
  readonly field: ListField;
  readonly common: CommonProps;
};

/** A control for several. */
function ListInput({ field, common, value, onChange }: ListInputProps) {
  if (field.kind === 'references')
    return <TargetsPicker {...common} kind={field.to} values={value as string[]} onChange={onChange} />;
  if (field.kind === 'targets') {
    const { label, description, error } = common;
    const targets = value as readonly Target[];
    return <TargetList {...{ label, description, error, targets, onChange }} kinds={kindsOf(field.choices)} />;
  }
  return field.choices.length > 0 ? (
    <MultiSelect {...common} data={[...field.choices]} value={value as string[]} onChange={onChange} />
  ) : (
    <TagsInput {...common} value={value as string[]} onChange={onChange} />
  );
}

type ChoiceInputProps = Omit<ListInputProps, 'field'> & {
  readonly field: Extract<FormField, { readonly kind: 'choice' }>;
};

const ChoiceInput = ({ field, common, value, onChange }: ChoiceInputProps) => (
  <Select
    {...common}
    data={[...field.choices]}
    clearable={!field.isRequired}
    value={textOf(value) || null}
    onChange={(next) => onChange(next ?? '')}
  />
);

/** A control for a field, with the contract's own text as its help. */
function FieldInput({ field, value, error, onChange }: FieldProps) {
  const common = {
    label: field.label,
    description: field.help,
    required: field.isRequired,
    error,
    placeholder: placeholderOf(field),
  };
  switch (field.kind) {
    case 'text':
      return <TextField common={common} isSecret={field.isSecret} value={value} onChange={onChange} />;
    case 'number':
      return <NumberInput {...common} value={value as number | string} {...limitsOf(field)} onChange={onChange} />;
    case 'boolean':
      return (
        <Checkbox
          label={field.label}
          description={field.help}
          error={error}
          indeterminate={value === undefined}
          checked={value === true}
          onChange={({ target }) => onChange(target.checked)}
        />
      );
    case 'choice':
      return <ChoiceInput field={field} common={common} value={value} onChange={onChange} />;
    case 'texts':
    case 'references':
    case 'targets':
      return <ListInput field={field} common={common} value={value} onChange={onChange} />;
    case 'reference':
      return <TargetPicker {...common} kind={field.to} value={textOf(value)} onChange={onChange} />;
    case 'target':
      return <RouteInput field={field} value={value} error={error} onChange={onChange} />;
    case 'json':
      return (
        <JsonInput
          {...common}
          placeholder={field.example === undefined ? '' : JSON.stringify(field.example, null, 2)}
          value={textOf(value)}
          autosize
          minRows={3}
          onChange={onChange}
        />
      );
  }
}

type FormProps = {
  readonly fields: readonly FormField[];
  /** The resource that is edited; undefined: a new one. */
  readonly before?: FormValues;
  /** Violations by the path of the field. */
  readonly violations: readonly { readonly path: string; readonly message: string }[];
  readonly isSending: boolean;
  readonly isReadOnly: boolean;
  readonly submit: string;
  readonly onSubmit: (body: object) => void;
};

/** A form for the body of a request. */
export function ApiForm({ fields, before, violations, isSending, isReadOnly, submit, onSubmit }: FormProps) {
  const [values, setValues] = useState<FormValues>(() =>
    Object.fromEntries(fields.map((field) => [field.name, editableOf(field, before?.[field.name])])),
  );
  // Of them the violations are: a field that was changed since has none.
  const [sent, setSent] = useState(values);
  const problems = fields.map((field) => {
    const [value, sentValue] = [values[field.name], sent[field.name]];
    const violation = violations.find(({ path }) => path.split(/[.[]/)[0] === field.name);
    return problemOf(field, value) ?? (Object.is(value, sentValue) ? violation?.message : null) ?? null;
  });
  const isWellFormed = fields.every((field) => problemOf(field, values[field.name]) === null);
  const send = (): void => {
    if (!isWellFormed) return;
    setSent(values);
    onSubmit(bodyOf(fields, values, before));
  };
  return (
    <FormFrame submit={submit} isReadOnly={isReadOnly} isSending={isSending} onSubmit={send}>
      {fields.map((field, at) => (
        <FieldInput
          key={field.name}
          field={field}
          value={values[field.name]}
          error={problems[at] ?? null}
          onChange={(value) => setValues((all) => ({ ...all, [field.name]: value }))}
        />
      ))}
    </FormFrame>
  );
}
