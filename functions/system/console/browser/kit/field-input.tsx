import { Fieldset, Group, Stack, Table, Text } from '@mantine/core';
import { at, listIn, textIn } from '../../json-value.ts';
import {
  Autocomplete,
  Checkbox,
  JsonInput,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  TagsInput,
  TextInput,
} from './form-inputs.tsx';
import { t } from '../texts/texts.ts';
import { FieldMessage, RowList } from './row-list.tsx';
import { ShowAs, ShownValue, useShowing } from './read-only.tsx';
import { textOf } from './shown.ts';
import { TargetInput, TargetList } from './target-input.tsx';
import { TargetPicker, TargetsPicker } from './target-picker.tsx';
import { ControlInput } from './control-input.tsx';
import { labelOfKind, type Target } from './targets.ts';
import { wordOf } from './words.ts';
import {
  editableOf,
  editableValues,
  problemOf,
  type FormField,
  type FormValues,
  type Offers,
  type Pair,
} from './form-fields.ts';
import { WideTable } from './wide-table.tsx';
import { messageOf, within, type FieldProblem } from './field-problems.ts';

type TargetField = Extract<FormField, { readonly kind: 'target' }>;

type FieldProps = {
  readonly field: FormField;
  readonly value: unknown;
  readonly error: string | null;
  readonly onChange: (value: unknown) => void;
};

type AnyFieldProps = Omit<FieldProps, 'error'> & {
  /** What is wrong with it, and with what is in it. */
  readonly problems: readonly FieldProblem[];
};

/** An example of a text. That of a number or a choice looks as if it were filled in. */
const placeholderOf = (field: FormField): string =>
  field.kind === 'text' && !field.isSecret && typeof field.example === 'string' ? field.example : '';

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

const commonOf = (field: FormField, error: string | null): CommonProps => ({
  label: field.label,
  description: field.help,
  required: field.isRequired,
  error,
  placeholder: placeholderOf(field),
});

type TextFieldProps = {
  readonly common: CommonProps;
  readonly isSecret: boolean;
  readonly offers: Offers | undefined;
} & Pick<FieldProps, 'value' | 'onChange'>;

const groupsOf = (offers: Offers) => offers.map(({ group, items }) => ({ group, items: [...items] }));

function TextField({ common, isSecret, offers, value, onChange }: TextFieldProps) {
  if (offers !== undefined)
    return <Autocomplete {...common} data={groupsOf(offers)} value={textOf(value)} onChange={onChange} />;
  const props = { ...common, value: textOf(value), onChange: (event: Typed) => onChange(event.target.value) };
  return isSecret ? <PasswordInput {...props} autoComplete="new-password" /> : <TextInput {...props} />;
}

type Typed = { readonly target: { readonly value: string } };

const kindsOf = (choices: readonly string[]) => choices.map((kind) => ({ value: kind, label: labelOfKind(kind) }));

const noTarget = { value: 'none', label: t('none') };

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

type OptionField = Extract<FormField, { readonly kind: 'option' }>;

/** One of some words, or something that is chosen by its name. */
const OptionInput = ({ field, value, error, onChange }: FieldProps & { readonly field: OptionField }) => (
  <TargetInput
    label={field.label}
    description={field.help}
    kinds={[
      ...field.choices.map((choice) => ({ value: choice, label: field.labels?.[choice] ?? choice })),
      ...kindsOf(field.targets),
    ]}
    target={value as Target}
    error={error}
    onChange={onChange}
  />
);

type ListField = Extract<FormField, { readonly kind: 'texts' | 'references' | 'targets' }>;
type ListInputProps = Pick<FieldProps, 'value' | 'onChange'> & {
  readonly field: ListField;
  readonly common: CommonProps;
};

type Words = Readonly<Record<string, string>> | undefined;

/** What is offered, as a person reads it. What is chosen already stays. */
const offered = (choices: readonly string[], labels: Words, chosen: readonly string[]) =>
  [...new Set([...choices, ...chosen])].map((value) => ({ value, label: labels?.[value] ?? wordOf(value) }));

/** A control for several. */
function ListInput({ field, common, value, onChange }: ListInputProps) {
  if (field.kind === 'references')
    return <TargetsPicker {...common} kind={field.to} values={value as string[]} onChange={onChange} />;
  if (field.kind === 'targets') {
    const { label, description, error } = common;
    const targets = value as readonly Target[];
    return <TargetList {...{ label, description, error, targets, onChange }} kinds={kindsOf(field.choices)} />;
  }
  const values = value as string[];
  if (field.choices.length === 0) return <TagsInput {...common} value={values} onChange={onChange} />;
  // What is chosen already stays, also where it is not offered.
  const all = [...new Set([...field.choices, ...values])];
  const choices = all.map((each) => ({ value: each, label: field.labels?.[each] ?? each }));
  return (
    <MultiSelect
      {...common}
      searchable
      nothingFoundMessage={t('Nothing found')}
      data={choices}
      value={values}
      onChange={onChange}
    />
  );
}

type ChoiceInputProps = Omit<ListInputProps, 'field'> & {
  readonly field: Extract<FormField, { readonly kind: 'choice' }>;
};

/** Those that have words, if any do. */
const namedIn = ({ choices, labels }: ChoiceInputProps['field']): readonly string[] =>
  labels === undefined ? choices : Object.keys(labels).filter((value) => choices.includes(value));

const ChoiceInput = ({ field, common, value, onChange }: ChoiceInputProps) => (
  <Select
    {...common}
    data={offered(namedIn(field), field.labels, textOf(value) === '' ? [] : [textOf(value)])}
    clearable={!field.isRequired}
    value={textOf(value) || null}
    onChange={(next) => onChange(next ?? '')}
  />
);

type FieldOf<Kind extends FormField['kind']> = Extract<FormField, { readonly kind: Kind }>;
type NestedProps<Kind extends FormField['kind']> = Omit<AnyFieldProps, 'field'> & { readonly field: FieldOf<Kind> };

type ValueField = Exclude<FormField, { readonly kind: 'group' | 'rows' | 'pairs' | 'option' }>;

type FieldListProps = Omit<AnyFieldProps, 'field' | 'onChange'> & {
  readonly fields: readonly FormField[];
  readonly onChange: (values: FormValues) => void;
};

/** The fields of an object. */
export function FieldList({ fields, value, problems, onChange }: FieldListProps) {
  return fields.map((field) => (
    <FieldInput
      key={field.name}
      field={field}
      value={at(value, field.name)}
      problems={within(problems, field.name)}
      onChange={(next) => onChange({ ...(Object(value) as FormValues), [field.name]: next })}
    />
  ));
}

function GroupInput({ field: { label, help, fields }, ...nested }: NestedProps<'group'>) {
  const isFilledIn = useShowing() === 'inputs';
  return (
    <Fieldset legend={label}>
      <Stack gap="xs">
        {isFilledIn && help !== '' && <Text size="sm">{help}</Text>}
        <OwnMessage problems={nested.problems} />
        <ShowAs as={isFilledIn ? 'inputs' : 'values'}>
          <FieldList fields={fields} {...nested} />
        </ShowAs>
      </Stack>
    </Fieldset>
  );
}

/** What is wrong with an object itself. */
function OwnMessage({ problems }: Pick<AnyFieldProps, 'problems'>) {
  const text = messageOf(problems.filter(({ path }) => path.length === 0));
  return text === null ? null : <FieldMessage text={text} />;
}

/** What is wrong with a list itself, or with what it lacks. */
const ownMessage = (problems: readonly FieldProblem[], count: number): string | null =>
  messageOf(problems.filter(({ path: [first = ''] }) => !/^\d+$/.test(first) || Number(first) >= count));

type ShownRowsProps = Pick<FieldOf<'rows'>, 'label' | 'fields'> & {
  readonly rows: readonly FormValues[];
  readonly isShown: (name: string, row: FormValues) => boolean;
};

/** Rows as a table, a column for each field. */
function ShownRows({ label, fields, rows, isShown }: ShownRowsProps) {
  if (rows.length === 0) return <ShownValue label={label}>{''}</ShownValue>;
  return (
    <ShownValue label={label}>
      <WideTable minWidth={fields.length * 110}>
        <Table aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {fields.map((field) => (
                <Table.Th key={field.name}>{field.label}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, at) => (
              <Table.Tr key={at}>
                {fields.map((field) => (
                  <Table.Td key={field.name}>
                    <ShowAs as="cells">
                      {isShown(field.name, row) && (
                        <FieldInput field={field} value={row[field.name]} problems={[]} onChange={ignore} />
                      )}
                    </ShowAs>
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
    </ShownValue>
  );
}

/** Nothing changes where values are only shown. */
const ignore = (): void => undefined;

function RowsInput({ field, value, problems, onChange }: NestedProps<'rows'>) {
  const { label, help, fields, fresh, isShown } = field;
  const rows = listIn(value) as readonly FormValues[];
  if (useShowing() !== 'inputs') return <ShownRows {...{ label, fields, rows }} isShown={isShown ?? (() => true)} />;
  return (
    <RowList
      {...{ label, description: help, error: ownMessage(problems, rows.length), count: rows.length }}
      onAdd={() => onChange([...rows, editableValues(fields, fresh)])}
      onRemove={(row) => onChange(rows.toSpliced(row, 1))}
    >
      {(row) => (
        <Fieldset legend={`${label} ${row + 1}`} flex="1 1 200px">
          <Stack gap="xs">
            <OwnMessage problems={within(problems, row)} />
            <FieldList
              fields={fields.filter(({ name }) => isShown?.(name, rows[row] ?? {}) ?? true)}
              value={rows[row]}
              problems={within(problems, row)}
              onChange={(next) => onChange(rows.with(row, next))}
            />
          </Stack>
        </Fieldset>
      )}
    </RowList>
  );
}

type KeyProps = CommonProps & {
  readonly keys: readonly string[];
  readonly offers: Offers | undefined;
  readonly value: string;
  readonly onChange: (key: string) => void;
};

function KeyInput({ keys, offers, value, onChange, ...common }: KeyProps) {
  if (keys.length > 0)
    return <Select {...common} data={[...keys]} value={value || null} onChange={(next) => onChange(next ?? '')} />;
  return <TextField {...{ common, offers, value }} isSecret={false} onChange={(next) => onChange(textIn(next))} />;
}

function PairsInput({ field, value, problems, onChange }: NestedProps<'pairs'>) {
  const { label, help, keys, value: inside } = field;
  const pairs = listIn(value) as readonly Pair[];
  const known = new Set(pairs.map(({ key }) => key));
  const free = keys.filter((key) => !known.has(key));
  return (
    <RowList
      {...{ label, description: help, count: pairs.length }}
      error={messageOf(problems.filter(({ path: [key = ''] }) => !known.has(key)))}
      onAdd={() => onChange([...pairs, { key: free[0] ?? '', value: editableOf(inside, undefined) }])}
      onRemove={(row) => onChange(pairs.toSpliced(row, 1))}
    >
      {(row) => {
        const pair = pairs[row] ?? { key: '', value: '' };
        const name = `${label} ${row + 1}`;
        return (
          <Group align="start" grow flex="1 1 200px">
            <KeyInput
              {...{ label: name, description: '', required: true, error: null, placeholder: '', value: pair.key }}
              offers={field.offers}
              keys={keys.length > 0 ? [pair.key, ...free].toSorted() : []}
              onChange={(key) => onChange(pairs.with(row, { ...pair, key }))}
            />
            <FieldInput
              field={{ ...inside, label: `${name}: ${inside.label.toLowerCase()}`, help: '', isRequired: true }}
              value={pair.value}
              problems={within(problems, pair.key)}
              onChange={(next) => onChange(pairs.with(row, { ...pair, value: next }))}
            />
          </Group>
        );
      }}
    </RowList>
  );
}

/** A control for a value. */
function ValueInput({ field, value, error, onChange }: Omit<FieldProps, 'field'> & { readonly field: ValueField }) {
  const common = commonOf(field, error);
  switch (field.kind) {
    case 'text':
      return <TextField {...{ common, value, onChange }} isSecret={field.isSecret} offers={field.offers} />;
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

/** A control for a field, or several for what is in it. */
function FieldInput({ field, value, problems, onChange }: AnyFieldProps) {
  const { control } = field;
  if (control !== undefined && (field.kind === 'text' || field.kind === 'number'))
    return <ControlInput control={control} common={commonOf(field, messageOf(problems))} {...{ value, onChange }} />;
  switch (field.kind) {
    case 'group':
      return <GroupInput {...{ field, value, problems, onChange }} />;
    case 'rows':
      return <RowsInput {...{ field, value, problems, onChange }} />;
    case 'pairs':
      return <PairsInput {...{ field, value, problems, onChange }} />;
    case 'option':
      return <OptionInput {...{ field, value, onChange }} error={messageOf(problems)} />;
    default:
      return <ValueInput {...{ field, value, onChange }} error={problemOf(field, value) ?? messageOf(problems)} />;
  }
}
